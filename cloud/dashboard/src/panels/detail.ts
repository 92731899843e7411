/** One station close up: what it is, how it does, and how it did in the last half hour. */

import { element, reconcile, setText } from "../dom.ts";
import { coordinates, duration, gal, hertz, shortSeconds } from "../format.ts";
import { CONDITION_WORDS, conditionSign } from "../map/symbols.ts";
import type { HealthPoint, Station } from "../types.ts";
import { HistoryChart } from "./charts.ts";
import { clockWords, noise } from "./stations.ts";

const M_S2_TO_GAL = 100;
const CHART_WIDTH = 300;
const POINTS_KEPT = 180;

export class DetailPanel {
  private readonly root: HTMLElement;
  private readonly title = element("h2");
  private readonly reasons = element("p", { class: "reasons" });
  private readonly facts = element("dl", { class: "facts" });
  private readonly charts: HistoryChart[];
  private shown: string | null = null;
  private points: HealthPoint[] = [];

  constructor(root: HTMLElement, close: () => void) {
    this.root = root;
    const button = element("button", { type: "button", class: "close", "aria-label": "Close" }, "×");
    button.addEventListener("click", close);
    root.append(element("div", { class: "detail-head" }, this.title, button), this.reasons);
    root.append(this.facts);
    const chart = (name: string, unit: string, read: (p: HealthPoint) => number | null) => {
      const holder = element("div", { class: "chart" });
      root.append(element("h3", {}, name), holder);
      return new HistoryChart(holder, CHART_WIDTH, unit, read);
    };
    this.charts = [
      chart("Noise", "gal", (p) => (p.noise_m_s2 === null ? null : p.noise_m_s2 * M_S2_TO_GAL)),
      chart("Latency", "s", (p) => p.latency_s),
    ];
  }

  render(station: Station | undefined, nowMs: number, left: boolean): void {
    this.root.hidden = station === undefined;
    if (station === undefined) {
      this.shown = null;
      return;
    }
    this.root.classList.toggle("left", left);
    if (station.id !== this.shown) void this.open(station);
    this.append(station);
    const look = `${station.id} ${station.condition}`;
    if (this.title.dataset["look"] !== look) {
      this.title.dataset["look"] = look;
      this.title.innerHTML = conditionSign(station.condition);
      this.title.append(station.id, " ");
      this.title.append(element("small", {}, CONDITION_WORDS[station.condition]));
    }
    setText(this.reasons, station.reasons.join(" · "));
    reconcile(
      this.facts,
      facts(station, nowMs),
      ([name]) => name,
      ([name]) => element("div", {}, element("dt", {}, name), element("dd")),
      (node, [, value]) => setText(node.querySelector("dd") ?? node, value),
    );
  }

  private async open(station: Station): Promise<void> {
    this.shown = station.id;
    this.points = [];
    this.draw();
    const response = await fetch(`/api/v1/stations/${encodeURIComponent(station.id)}/history`);
    if (!response.ok || this.shown !== station.id) return;
    this.points = (await response.json()) as HealthPoint[];
    this.draw();
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
    });
    this.points = this.points.slice(-POINTS_KEPT);
    this.draw();
  }

  private draw(): void {
    for (const chart of this.charts) chart.render(this.points);
  }
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
    ["Agent", state?.agent_version ?? "–"],
    ["Heard", `${duration((nowMs - Date.parse(station.heard)) / 1000)} ago`],
  ];
}
