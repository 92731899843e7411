/** What the page knows: the pictures put together, bounded like the board that sends them. */

import type { FleetAlarm, MinuteCount, Mode, Picture, SeismicEvent, Station, Trigger } from "./types.ts";

const TRIGGERS_KEPT = 200;
const EVENTS_KEPT = 100;
const ALARMS_KEPT = 100;
/** Triggers of one station belong to the same shaking within this time, ms. */
const SHAKING_MS = 120_000;

export class Store {
  readonly stations = new Map<string, Station>();
  readonly triggers = new Map<string, Trigger>();
  readonly events = new Map<string, SeismicEvent>();
  readonly alarms = new Map<string, FleetAlarm>();
  activity: MinuteCount[] = [];
  mode: Mode = "live";
  note: string | null = null;
  /** False until the first picture has arrived. */
  filled = false;

  apply(picture: Picture): void {
    if (picture.full) {
      this.stations.clear();
      this.triggers.clear();
      this.events.clear();
      this.alarms.clear();
      this.activity = [];
    }
    for (const station of picture.stations) this.stations.set(station.id, station);
    for (const trigger of picture.triggers) put(this.triggers, trigger, TRIGGERS_KEPT);
    for (const event of picture.events) put(this.events, event, EVENTS_KEPT);
    for (const alarm of picture.alarms) put(this.alarms, alarm, ALARMS_KEPT);
    if (picture.activity.length > 0) this.activity = picture.activity;
    this.mode = picture.mode;
    this.note = picture.note;
    this.filled = true;
  }

  /** Stations in the order of their names. */
  stationList(): Station[] {
    return [...this.stations.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Triggers, newest onset first. */
  triggerList(): Trigger[] {
    return [...this.triggers.values()].sort((a, b) => descending(a.onset, b.onset, a.id, b.id));
  }

  /** Events, newest origin first. */
  eventList(): SeismicEvent[] {
    return [...this.events.values()].sort((a, b) =>
      descending(a.origin_time, b.origin_time, a.id, b.id),
    );
  }

  /** The largest PGA of each station in its latest shaking, m/s2: P and S are two triggers. */
  peaks(): Map<string, number> {
    const newest = new Map<string, number>();
    const peaks = new Map<string, number>();
    for (const trigger of this.triggerList()) {
      if (trigger.status === "retracted" || trigger.pga_m_s2 === null) continue;
      const station = `${trigger.network}.${trigger.station}`;
      const onset = Date.parse(trigger.onset);
      const last = newest.get(station) ?? onset;
      newest.set(station, last);
      if (last - onset > SHAKING_MS) continue;
      peaks.set(station, Math.max(peaks.get(station) ?? 0, trigger.pga_m_s2));
    }
    return peaks;
  }

  /** The newest event that was not taken back, if any. */
  newestEvent(): SeismicEvent | undefined {
    return this.eventList().find((event) => event.status !== "retracted");
  }
}

function put<T extends { id: string }>(table: Map<string, T>, value: T, limit: number): void {
  // Set anew at the end, so that the first key is the one that changed longest ago.
  table.delete(value.id);
  table.set(value.id, value);
  for (const key of table.keys()) {
    if (table.size <= limit) break;
    table.delete(key);
  }
}

/** Wire times all have the same form, so that text order is time order. */
function descending(a: string, b: string, idA: string, idB: string): number {
  if (a !== b) return a < b ? 1 : -1;
  return idA < idB ? -1 : 1;
}
