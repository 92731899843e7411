/** The alarms on stations: those that go on, newest first, and what was over lately. */

import { element, reconcile, setText } from "../dom.ts";
import { duration } from "../format.ts";
import type { FleetAlarm } from "../types.ts";

const OVER_SHOWN_MS = 3_600_000;
const MOST = 20;

/** Those that go on first, then what was over in the last hour. */
export function listed(alarms: Iterable<FleetAlarm>, nowMs: number): FleetAlarm[] {
  const shown = [...alarms].filter(
    (alarm) => alarm.ended === null || nowMs - Date.parse(alarm.ended) < OVER_SHOWN_MS,
  );
  shown.sort((a, b) => {
    if ((a.ended === null) !== (b.ended === null)) return a.ended === null ? -1 : 1;
    return a.began < b.began ? 1 : -1;
  });
  return shown.slice(0, MOST);
}

export interface AlarmActions {
  select(station: string): void;
  acknowledge(alarm: string): void;
  /** The one who looks is an operator. */
  may: boolean;
}

export function renderAlarms(
  root: HTMLElement,
  alarms: readonly FleetAlarm[],
  nowMs: number,
  actions: AlarmActions,
): void {
  root.hidden = alarms.length === 0;
  reconcile(
    root,
    alarms,
    (alarm) => alarm.id,
    (alarm) => create(alarm, actions),
    (node, alarm) => update(node, alarm, nowMs, actions.may),
  );
}

function create(alarm: FleetAlarm, { select, acknowledge }: AlarmActions): HTMLElement {
  const button = element(
    "button",
    { type: "button", class: "alarm" },
    element("b"),
    element("span", { class: "alarm-text" }),
    element("span", { class: "alarm-when" }),
  );
  button.addEventListener("click", () => {
    const station = alarm.stations[0]?.station;
    if (station !== undefined) select(station);
  });
  const seen = element("button", { type: "button", class: "alarm-seen" }, "Seen");
  seen.addEventListener("click", () => acknowledge(alarm.id));
  return element("li", {}, button, seen);
}

function update(node: HTMLElement, alarm: FleetAlarm, nowMs: number, may: boolean): void {
  const button = node.lastElementChild;
  if (button instanceof HTMLElement)
    button.hidden = !may || alarm.ended !== null || alarm.acknowledged !== null;
  const [kind, text, when] = [...(node.firstElementChild?.children ?? [])];
  node.dataset["over"] = String(alarm.ended !== null);
  const seen = alarm.acknowledged_by === null ? "" : ` · seen by ${alarm.acknowledged_by}`;
  const since = Date.parse(alarm.ended ?? alarm.began);
  const word = alarm.ended === null ? "for " : "over for ";
  if (kind !== undefined) setText(kind, alarm.kind);
  if (text !== undefined) setText(text, alarm.headline);
  if (when !== undefined) setText(when, `${word}${duration((nowMs - since) / 1000)}${seen}`);
}
