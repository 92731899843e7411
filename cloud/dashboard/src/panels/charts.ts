/** Small charts: triggers a minute, and the recent past of one station. */

import uPlot from "uplot";
import type { HealthPoint, MinuteCount } from "../types.ts";

const MINUTE_MS = 60_000;
const COLOURS = { text: "#93a4b0", grid: "#26333d", line: "#4fb3bf", bar: "#f5a524" };
const FONT = '11px "Inter Variable", system-ui, sans-serif';
const utc = (seconds: number): Date => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC");

/** Triggers of the network in each minute of the last hour. */
export class ActivityChart {
  private readonly plot: uPlot;
  private drawn = "";

  constructor(root: HTMLElement) {
    this.plot = new uPlot(
      {
        width: 180,
        height: 26,
        padding: [2, 0, 0, 0],
        cursor: { show: false },
        legend: { show: false },
        axes: [{ show: false }, { show: false }],
        scales: { x: { time: true }, y: { range: (_, __, high) => [0, Math.max(high, 4)] } },
        series: [
          {},
          {
            fill: COLOURS.bar,
            width: 0,
            points: { show: false },
            paths: uPlot.paths.bars!({ size: [0.8, 20] }),
          },
        ],
      },
      [[], []],
      root,
    );
  }

  render(activity: readonly MinuteCount[], nowMs: number, minutes = 60): void {
    const last = Math.floor(nowMs / MINUTE_MS);
    const counts = new Map(activity.map((m) => [Date.parse(m.minute) / MINUTE_MS, m.triggers]));
    const xs: number[] = [];
    const ys: number[] = [];
    for (let minute = last - minutes + 1; minute <= last; minute += 1) {
      xs.push(minute * 60);
      ys.push(counts.get(minute) ?? 0);
    }
    const look = `${last} ${ys.join()}`;
    if (look === this.drawn) return;
    this.drawn = look;
    this.plot.setData([xs, ys]);
  }
}

/** One line over time, for the station that was chosen. */
export class HistoryChart {
  private readonly plot: uPlot;
  private readonly read: (point: HealthPoint) => number | null;

  constructor(root: HTMLElement, width: number, unit: string, read: HistoryChart["read"]) {
    this.read = read;
    const axis = {
      stroke: COLOURS.text,
      font: FONT,
      grid: { stroke: COLOURS.grid, width: 1 },
      ticks: { show: false },
    };
    this.plot = new uPlot(
      {
        width,
        height: 110,
        tzDate: utc,
        cursor: { show: false },
        legend: { show: false },
        scales: { y: { range: (_, __, high) => [0, high > 0 ? high * 1.15 : 1] } },
        axes: [
          { ...axis, space: 70, values: "{HH}:{mm}", size: 24 },
          { ...axis, size: 48, space: 26, values: (_, ticks) => ticks.map((t) => `${t} ${unit}`) },
        ],
        series: [
          {},
          { stroke: COLOURS.line, width: 1.5, points: { show: false }, spanGaps: false },
        ],
      },
      [[], []],
      root,
    );
  }

  render(points: readonly HealthPoint[]): void {
    this.plot.setData([
      points.map((point) => Date.parse(point.time) / 1000),
      points.map((point) => this.read(point)),
    ]);
  }

  destroy(): void {
    this.plot.destroy();
  }
}
