/** Small charts: triggers a minute, and the recent past of one station. */

import uPlot from "uplot";
import type { MinuteCount, NoiseSpectrum } from "../types.ts";

const MINUTE_MS = 60_000;
const COLOURS = { text: "#93a4b0", grid: "#26333d", line: "#4fb3bf", bar: "#f5a524", third: "#c78bff", band: "rgba(79, 179, 191, 0.22)" };
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

const AXIS = {
  stroke: COLOURS.text,
  font: FONT,
  grid: { stroke: COLOURS.grid, width: 1 },
  ticks: { show: false },
};

/** What a chart draws: times in seconds, and least, middle and largest of each. */
export interface Line {
  seconds: number[];
  low: (number | null)[];
  middle: (number | null)[];
  high: (number | null)[];
}

/** One quantity over time, for the station that was chosen: a line in a band. */
export class HistoryChart {
  private readonly plot: uPlot;
  private readonly root: HTMLElement;

  constructor(root: HTMLElement, width: number, unit: string, fromZero: boolean) {
    this.root = root;
    const range = (_: uPlot, low: number | null, high: number | null): [number, number] => {
      if (low === null || high === null) return [0, 1];
      if (fromZero) return [0, high > 0 ? high * 1.15 : 1];
      const room = Math.max((high - low) * 0.15, 0.5);
      return [low - room, high + room];
    };
    const edge = { stroke: "transparent", width: 0, points: { show: false } };
    this.plot = new uPlot(
      {
        width,
        height: 110,
        tzDate: utc,
        cursor: { show: false },
        legend: { show: false },
        scales: { y: { range } },
        axes: [
          { ...AXIS, space: 70, size: 24, values: (_, ticks) => timeLabels(ticks) },
          { ...AXIS, size: 52, space: 26, values: (_, ticks) => ticks.map((t) => `${t} ${unit}`) },
        ],
        bands: [{ series: [3, 1], fill: COLOURS.band }],
        series: [
          {},
          edge,
          { stroke: COLOURS.line, width: 1.5, points: { show: false }, spanGaps: false },
          edge,
        ],
      },
      [[], [], [], []],
      root,
    );
  }

  render(line: Line): void {
    fit(this.plot, this.root);
    this.plot.setData([line.seconds, line.low, line.middle, line.high]);
  }
}

/** The background of a station in octaves, between the noise models of Peterson. */
export class SpectrumChart {
  private readonly plot: uPlot;
  private readonly root: HTMLElement;

  constructor(root: HTMLElement, width: number) {
    this.root = root;
    const dashed = { stroke: COLOURS.text, width: 1, dash: [5, 4], points: { show: false } };
    const colours = [COLOURS.line, COLOURS.bar, COLOURS.third];
    this.plot = new uPlot(
      {
        width,
        height: 150,
        cursor: { show: false },
        legend: { show: false },
        scales: { x: { time: false, distr: 3 }, y: {} },
        axes: [
          { ...AXIS, size: 24, values: (_, ticks) => ticks.map((t) => (t === null ? "" : `${t}`)) },
          { ...AXIS, size: 52, space: 26, values: (_, ticks) => ticks.map((t) => `${t} dB`) },
        ],
        series: [
          {},
          dashed,
          dashed,
          ...colours.map((stroke) => ({ stroke, width: 1.5, points: { show: true, size: 4 } })),
        ],
      },
      [[], [], [], [], [], []],
      root,
    );
  }

  render(spectrum: NoiseSpectrum, low: (number | null)[], high: (number | null)[]): void {
    fit(this.plot, this.root);
    const levels = [0, 1, 2].map((place) => spectrum.components[place]?.levels_db ?? []);
    const [z = [], n = [], e = []] = levels.map((level) => spectrum.bands_hz.map((_, i) => level[i] ?? null));
    const none = spectrum.bands_hz.map(() => null);
    const models = [low, high].map((model) => (model.length === none.length ? model : none));
    this.plot.setData([spectrum.bands_hz, models[0] ?? none, models[1] ?? none, z, n, e]);
  }
}

/** A chart is as wide as its panel, which is wider beside the table than over the map. */
function fit(plot: uPlot, root: HTMLElement): void {
  const width = root.clientWidth;
  if (width > 0 && width !== plot.width) plot.setSize({ width, height: plot.height });
}

/** Hours within two days, else days: the ticks themselves say how far apart they are. */
function timeLabels(ticks: number[]): string[] {
  const days = (ticks.at(-1) ?? 0) - (ticks[0] ?? 0) > 2 * 86_400;
  return ticks.map((t) => new Date(t * 1000).toISOString().slice(...(days ? [5, 10] : [11, 16])));
}
