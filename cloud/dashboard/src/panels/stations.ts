/** The table of stations: who is well, and what ails the others. */

import { element, reconcile, setText } from "../dom.ts";
import { clockWords, noise } from "../fleet/columns.ts";
import { KIND_WORDS, looked, partWords } from "../fleet/standing.ts";
import { gal, hertz, shortSeconds } from "../format.ts";
import { CONDITION_WORDS, conditionSign } from "../map/symbols.ts";
import type { Condition, Station } from "../types.ts";
import { empty } from "./empty.ts";

export interface StationsView {
  stations: readonly Station[];
  selected: string | null;
  nowMs: number;
  select(id: string): void;
}

interface Column {
  name: string;
  title: string;
  text(station: Station): string;
}

const COLUMNS: readonly Column[] = [
  { name: "Clock", title: "Time source and estimated error", text: clockWords },
  {
    name: "Rate",
    title: "Measured sampling rate",
    text: (s) => hertz(s.health?.sampling_rate_hz ?? s.state?.sampling_rate_hz ?? null),
  },
  {
    name: "Latency",
    title: "Age of the newest sample",
    text: (s) => shortSeconds(s.health?.latency_s ?? null),
  },
  { name: "Noise", title: "Largest rms noise of the channels", text: (s) => gal(noise(s)) },
  { name: "Gaps", title: "Gaps since the start", text: (s) => String(s.health?.gaps ?? "–") },
  {
    name: "Queue",
    title: "Messages waiting for the broker",
    text: (s) => String(s.health?.outbox_depth ?? "–"),
  },
  { name: "Model", title: "Running network", text: (s) => s.health?.model ?? "STA/LTA only" },
];

/** The table of all stations has the others. */
const LISTED = 60;
const A_FEW = 3;
/** Who needs a hand comes first; a trigger moves nobody. */
const RANK: Record<Condition, number> = { offline: 0, degraded: 1, quiet: 2, triggering: 2 };

export function renderStations(root: HTMLElement, view: StationsView): void {
  empty(root, view.stations.length === 0, "No station so far. Stations introduce themselves when they reach the broker.");
  let table = root.querySelector("table");
  if (view.stations.length === 0) {
    table?.remove();
    return;
  }
  if (table === null) {
    table = frame();
    root.append(table);
  }
  renderUpkeep(root, view);
  const body = table.tBodies[0];
  if (body === undefined) return;
  const sorted = [...view.stations]
    .sort((a, b) => RANK[a.condition] - RANK[b.condition])
    .filter((station, place) => place < LISTED || station.id === view.selected);
  reconcile(
    body,
    sorted,
    (station) => station.id,
    (station) => createRow(station, view.select),
    (row, station) => updateRow(row, station, station.id === view.selected),
  );
}

/** Somebody with a station or two reads here what others have a table for. */
function renderUpkeep(root: HTMLElement, { stations, nowMs }: StationsView): void {
  const few = stations.length <= A_FEW ? stations : [];
  const lines = few.flatMap(({ id, twin }) =>
    (twin?.parts ?? []).map((part): [string, string] => {
      const whose = few.length > 1 ? `${id} ` : "";
      const at = twin?.looked == null ? "" : `; ${looked({ ...twin, ring: null }, nowMs)}`;
      return [`${id} ${part.kind}`, `${whose}${KIND_WORDS[part.kind].toLowerCase()}: ${partWords(part, nowMs)}${at}`];
    }),
  );
  let list = root.querySelector<HTMLElement>(".upkeep");
  if (lines.length === 0) {
    list?.remove();
    return;
  }
  if (list === null) {
    list = element("ul", { class: "upkeep", "aria-label": "Updates" });
    root.append(list);
  }
  reconcile(
    list,
    lines,
    ([key]) => key,
    () => element("li"),
    (node, [, text]) => setText(node, text),
  );
}

function frame(): HTMLTableElement {
  const titles = COLUMNS.map(({ name, title }) => element("th", { scope: "col", title }, name));
  const head = element("tr", {}, element("th", { scope: "col" }, "Station"), ...titles);
  return element("table", {}, element("thead", {}, head), element("tbody"));
}

function createRow(station: Station, select: (id: string) => void): HTMLElement {
  const button = element("button", { type: "button", class: "station-name" });
  const name = element("th", { scope: "row" }, button);
  const row = element("tr", { class: "station-row" }, name, ...COLUMNS.map(() => element("td")));
  row.addEventListener("click", () => select(station.id));
  return row;
}

function updateRow(row: HTMLElement, station: Station, selected: boolean): void {
  if (selected && !row.classList.contains("selected")) row.scrollIntoView({ block: "nearest" });
  row.classList.toggle("selected", selected);
  row.title = station.reasons.join("; ");
  const button = row.querySelector<HTMLElement>(".station-name");
  const look = `${station.condition} ${station.reasons.join("; ")}`;
  if (button !== null && (row.dataset["look"] !== look || row.dataset["station"] === undefined)) {
    row.dataset["look"] = look;
    row.dataset["station"] = station.id;
    row.dataset["condition"] = station.condition;
    button.innerHTML = conditionSign(station.condition);
    button.append(station.id);
    const why = station.reasons.length === 0 ? "" : `: ${station.reasons.join(", ")}`;
    button.setAttribute("aria-label", `${station.id}, ${CONDITION_WORDS[station.condition]}${why}`);
  }
  COLUMNS.forEach((column, index) => {
    const cell = row.children[index + 1];
    if (cell !== undefined) setText(cell, column.text(station));
  });
}
