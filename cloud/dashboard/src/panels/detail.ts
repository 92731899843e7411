/** One station close up: what it is, how it does, and how it did in an hour, a day, a year. */

import { answer } from "../answer.ts";
import { element, reconcile, setText } from "../dom.ts";
import { clockWords, noise } from "../fleet/columns.ts";
import { KIND_WORDS, looked, minute, partWords } from "../fleet/standing.ts";
import { coordinates, duration, gal, hertz, shortSeconds } from "../format.ts";
import { CONDITION_WORDS, conditionSign } from "../map/symbols.ts";
import type { Health, HealthPoint, Station, StationDetail, Trend } from "../types.ts";
import { HistoryChart, SpectrumChart, type Line } from "./charts.ts";

const M_S2_TO_GAL = 100;
const CHART_WIDTH = 300;
const POINTS_KEPT = 180;
const RENEW_MS = 60_000;
/** Name, and hours; null: the reports that the page itself has heard. */
const RANGES = [
  ["30 min", null],
  ["day", 24],
  ["month", 720],
  ["year", 8_760],
] as const;

interface Chart {
  chart: HistoryChart;
  /** Name in the history, and by what it is multiplied for the eye. */
  name: string;
  scale: number;
  live(point: HealthPoint): number | null;
}

export class DetailPanel {
  private readonly root: HTMLElement;
  private readonly title = element("h2");
  private readonly reasons = element("p", { class: "reasons" });
  private readonly ringing = element("p", { class: "local-alarm", role: "status" });
  private readonly facts = element("dl", { class: "facts" });
  private readonly ranges: HTMLButtonElement[];
  private readonly note = element("p", { class: "chart-note" });
  private readonly charts: Chart[];
  private readonly spectrum: SpectrumChart;
  private readonly spectrumBox = element("div", { class: "spectrum" });
  private shown: string | null = null;
  private hours: number | null = null;
  private points: HealthPoint[] = [];
  private close_up: StationDetail | null = null;
  private fetchedMs = 0;
  private spectrumOf = "";

  constructor(root: HTMLElement, close: () => void) {
    this.root = root;
    const button = element("button", { type: "button", class: "close", "aria-label": "Close" }, "×");
    button.addEventListener("click", close);
    root.append(element("div", { class: "detail-head" }, this.title, button), this.reasons);
    root.append(this.ringing, this.facts);
    this.ranges = RANGES.map(([name, hours]) => {
      const range = element("button", { type: "button", "aria-pressed": hours === null }, name);
      range.addEventListener("click", () => this.choose(hours));
      return range;
    });
    root.append(element("div", { class: "ranges", role: "group", "aria-label": "Time" }, ...this.ranges));
    root.append(this.note);
    this.charts = [
      this.chart("Noise", "gal", "noise_m_s2", M_S2_TO_GAL, (p) => p.noise_m_s2),
      this.chart("Latency", "s", "latency_s", 1, (p) => p.latency_s),
      this.chart("Clock error", "ms", "clock_error_s", 1000, (p) => p.clock_error_s),
      this.chart("Temperature", "°C", "temperature_c", 1, (p) => p.temperature_c),
    ];
    this.spectrumBox.append(element("h3", {}, "Background over Hz, and the noise models"));
    const holder = element("div", { class: "chart" });
    this.spectrumBox.append(holder);
    root.append(this.spectrumBox);
    this.spectrum = new SpectrumChart(holder, CHART_WIDTH);
  }

  render(station: Station | undefined, nowMs: number, left: boolean): void {
    this.root.hidden = station === undefined;
    if (station === undefined) {
      this.shown = null;
      return;
    }
    this.root.classList.toggle("left", left);
    if (station.id !== this.shown) this.open(station.id);
    else if (performance.now() - this.fetchedMs > RENEW_MS) void this.fetch(station.id);
    this.append(station);
    const look = `${station.id} ${station.condition}`;
    if (this.title.dataset["look"] !== look) {
      this.title.dataset["look"] = look;
      this.title.innerHTML = conditionSign(station.condition);
      this.title.append(station.id, " ");
      this.title.append(element("small", {}, CONDITION_WORDS[station.condition]));
    }
    setText(this.reasons, station.reasons.join(" · "));
    setText(this.ringing, station.health?.alarm?.ringing === true ? "Its own alarm rings" : "");
    reconcile(
      this.facts,
      [...facts(station, nowMs), ...learnt(this.close_up), ...upkeep(station, nowMs)],
      ([name]) => name,
      ([name]) => {
        const long = UPKEEP.has(name);
        return element("div", { class: long ? "long" : undefined }, element("dt", {}, name), element("dd"));
      },
      (node, [, value]) => setText(node.querySelector("dd") ?? node, value),
    );
    this.drawSpectrum(station);
  }

  private chart(
    title: string,
    unit: string,
    name: string,
    scale: number,
    live: Chart["live"],
  ): Chart {
    const holder = element("div", { class: "chart", "data-quantity": name });
    this.root.append(element("h3", {}, title), holder);
    const chart = new HistoryChart(holder, CHART_WIDTH, unit, name !== "temperature_c");
    return { chart, name, scale, live };
  }

  private choose(hours: number | null): void {
    this.hours = hours;
    RANGES.forEach(([, range], place) => {
      this.ranges[place]?.setAttribute("aria-pressed", String(range === hours));
    });
    if (this.shown !== null) this.open(this.shown);
  }

  private open(id: string): void {
    this.shown = id;
    this.points = [];
    this.close_up = null;
    this.spectrumOf = "";
    setText(this.note, "");
    this.draw();
    void this.fetch(id);
  }

  private async fetch(id: string): Promise<void> {
    this.fetchedMs = performance.now();
    const hours = this.hours;
    const place = `/api/v1/stations/${encodeURIComponent(id)}`;
    const [close_up, history] = await Promise.all([
      answer<StationDetail>(place),
      hours === null
        ? answer<HealthPoint[]>(`${place}/history`)
        : answer<Trend>(`${place}/trend?hours=${hours}`),
    ]);
    if (this.shown !== id || this.hours !== hours) return;
    this.close_up = close_up;
    this.spectrumOf = "";
    if (history === null) setText(this.note, "No history yet.");
    else if (Array.isArray(history)) {
      this.points = history;
      this.draw();
    } else this.drawTrend(history);
  }

  private append(station: Station): void {
    const health = station.health;
    const last = this.points.at(-1);
    if (health === null || last === undefined || health.time <= last.time) return;
    this.points.push({
      time: health.time,
      noise_m_s2: noise(station),
      latency_s: health.latency_s,
      clock_error_s: health.clock?.error_s ?? null,
      temperature_c: health.temperature_c,
    });
    this.points = this.points.slice(-POINTS_KEPT);
    this.draw();
  }

  private draw(): void {
    const seconds = this.points.map((point) => Date.parse(point.time) / 1000);
    for (const { chart, live, scale } of this.charts) {
      const middle = this.points.map((point) => scaled(live(point), scale));
      const none = middle.map(() => null);
      chart.render({ seconds, low: none, middle, high: none });
    }
  }

  private drawTrend(trend: Trend): void {
    const share = trend.completeness;
    setText(
      this.note,
      trend.start.length === 0
        ? "No history yet."
        : share === null
          ? ""
          : `${(100 * share).toFixed(1)} % of its reports came`,
    );
    const seconds = trend.start.map((time) => Date.parse(time) / 1000);
    for (const { chart, name, scale } of this.charts) {
      const course = trend.courses.find((one) => one.name === name);
      const column = (values: (number | null)[] | undefined): Line["low"] =>
        seconds.map((_, place) => scaled(values?.[place] ?? null, scale));
      chart.render({
        seconds,
        low: column(course?.low),
        middle: column(course?.middle),
        high: column(course?.high),
      });
    }
  }

  private drawSpectrum(station: Station): void {
    const spectrum = station.health?.spectrum ?? null;
    this.spectrumBox.hidden = spectrum === null;
    const look = `${station.id} ${station.health?.time ?? ""}`;
    if (spectrum === null || look === this.spectrumOf) return;
    this.spectrumOf = look;
    this.spectrum.render(spectrum, this.close_up?.nlnm_db ?? [], this.close_up?.nhnm_db ?? []);
  }
}

function scaled(value: number | null, scale: number): number | null {
  return value === null ? null : value * scale;
}

/** The station's own alarm, which may have problems while all else is well. */
function alarmWords(health: Health | null): string {
  const alarm = health?.alarm ?? null;
  if (alarm === null) return "none";
  const problems = alarm.problems.length === 0 ? "" : `, ${alarm.problems.join(", ")}`;
  return `${alarm.ringing ? "rings" : "armed"}, ${alarm.count} so far${problems}`;
}

function learnt(close_up: StationDetail | null): [string, string][] {
  if (close_up === null) return [];
  const { p50_s, p99_s } = close_up.reports;
  return [
    ["Arrival, median", shortSeconds(p50_s)],
    ["Arrival, 99 %", shortSeconds(p99_s)],
    ["Normal noise", gal(close_up.normal_noise_m_s2)],
  ];
}

const UPKEEP: ReadonlySet<string> = new Set([...Object.values(KIND_WORDS), "Updates", "Certificate"]);

/** What it is to run against what it runs, when it looked, and until when it is let in. */
function upkeep({ twin, certificate_until }: Station, nowMs: number): [string, string][] {
  const lines: [string, string][] = [];
  for (const part of twin?.parts ?? []) lines.push([KIND_WORDS[part.kind], partWords(part, nowMs)]);
  if (twin !== null) lines.push(["Updates", looked(twin, nowMs)]);
  if (certificate_until !== null) lines.push(["Certificate", `until ${minute(certificate_until)}`]);
  return lines;
}

function facts(station: Station, nowMs: number): [string, string][] {
  const { state, health } = station;
  const place =
    station.latitude === null || station.longitude === null
      ? "not told"
      : coordinates(station.latitude, station.longitude);
  const models = state?.models.map((m) => [m.name, m.version, m.scheme].filter(Boolean).join(" "));
  return [
    ["Place", place],
    ["Sensor", state?.sensor ?? "not told"],
    ["Clock", clockWords(station)],
    ["Rate", hertz(health?.sampling_rate_hz ?? state?.sampling_rate_hz ?? null)],
    ["Latency", shortSeconds(health?.latency_s ?? null)],
    ["Noise", gal(noise(station))],
    ["Packets", health === null ? "–" : `${health.packets} (${health.packets_dropped} dropped)`],
    ["Gaps", String(health?.gaps ?? "–")],
    ["Queue", String(health?.outbox_depth ?? "–")],
    ["Triggers", String(health?.triggers ?? "–")],
    ["Model", health?.model ?? (models?.join(", ") || "STA/LTA only")],
    ["Temperature", health?.temperature_c == null ? "–" : `${health.temperature_c.toFixed(1)} °C`],
    ["Alarm", alarmWords(health)],
    ["Agent", state?.agent_version ?? "–"],
    ["Heard", `${duration((nowMs - Date.parse(station.heard)) / 1000)} ago`],
  ];
}
