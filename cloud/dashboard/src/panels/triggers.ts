/** The list of triggers, newest onset first. */

import { element, reconcile, setText } from "../dom.ts";
import { clockTime, gal } from "../format.ts";
import type { DetectorReport, Trigger } from "../types.ts";
import { empty } from "./empty.ts";

export interface TriggersView {
  triggers: readonly Trigger[];
  /** Ids of the triggers that the shown event rests on. */
  used: ReadonlySet<string>;
  select(station: string): void;
}

const CELLS = ["time", "station", "phase", "pga", "detectors"] as const;
const DETECTOR_WORDS: Record<string, string> = { sta_lta: "STA/LTA" };
const SHOWN = 60;

export function renderTriggers(root: HTMLElement, view: TriggersView): void {
  empty(root, view.triggers.length === 0, "No trigger so far. Stations report an onset here within a second.");
  reconcile(
    root,
    view.triggers.slice(0, SHOWN),
    (trigger) => trigger.id,
    (trigger) => {
      const row = element("button", { type: "button", class: "row trigger-row" });
      row.append(...CELLS.map((name) => element("span", { class: `cell ${name}` })));
      row.addEventListener("click", () => view.select(stationOf(trigger)));
      return row;
    },
    (row, trigger) => {
      row.classList.toggle("used", view.used.has(trigger.id));
      update(row, trigger);
    },
  );
}

function update(row: HTMLElement, trigger: Trigger): void {
  row.dataset["trigger"] = trigger.id;
  row.dataset["status"] = trigger.status;
  row.dataset["phase"] = trigger.phase;
  const [time, station, phase, pga, detectors] = [...row.children];
  if (!time || !station || !phase || !pga || !detectors) return;
  setText(time, clockTime(Date.parse(trigger.onset)));
  setText(station, stationOf(trigger));
  setText(phase, trigger.phase === "unknown" ? "?" : trigger.phase);
  phase.setAttribute("title", `Phase ${trigger.phase}`);
  setText(pga, gal(trigger.pga_m_s2));
  const flags = [...trigger.quality, ...(trigger.exercise ? ["exercise"] : [])];
  const state = trigger.status === "retracted" ? ["retracted"] : [];
  const words = trigger.detectors.filter((report) => report.fired).map(detectorWords);
  setText(detectors, [...state, ...flags, ...words].join(" · "));
  detectors.setAttribute("title", trigger.detectors.map(detectorTitle).join("\n"));
}

function stationOf(trigger: Trigger): string {
  return `${trigger.network}.${trigger.station}`;
}

function detectorName(report: DetectorReport): string {
  return DETECTOR_WORDS[report.name] ?? report.name;
}

function detectorWords(report: DetectorReport): string {
  const digits = report.score < 2 ? 2 : 1;
  return `${detectorName(report)} ${report.score.toFixed(digits)}`;
}

function detectorTitle(report: DetectorReport): string {
  const fired = report.fired ? "fired" : "did not fire";
  return (
    `${detectorName(report)} ${report.version}: ${report.score.toFixed(2)} ` +
    `(threshold ${report.threshold}), ${fired}`
  );
}
