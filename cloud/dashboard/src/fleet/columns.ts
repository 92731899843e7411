/** The columns of the table of all stations: what they show, and what they sort by. */

import { gal, shortSeconds, duration } from "../format.ts";
import type { ClockState, Condition, Station } from "../types.ts";
import { foremost, rank, standingWords } from "./standing.ts";

export interface Column {
  key: string;
  name: string;
  title: string;
  /** Narrow screens leave out what is not needed to decide where to drive. */
  always?: boolean;
  text(station: Station, nowMs: number): string;
  /** Larger is further down; null comes last, whichever way the table is sorted. */
  order(station: Station): number | string | null;
}

const CLOCK_WORDS = { "gnss-pps": "GNSS", ntp: "NTP", rtc: "RTC", "free-run": "free" } as const;
/** Who needs a hand comes first. */
const RANK: Record<Condition, number> = { offline: 0, degraded: 1, triggering: 2, quiet: 3 };
const NONE = "–";
const GB = 1e9;

export const COLUMNS: readonly Column[] = [
  {
    key: "station",
    name: "Station",
    title: "Condition and name",
    always: true,
    text: (s) => s.id,
    order: (s) => s.id,
  },
  {
    key: "condition",
    name: "Condition",
    title: "Offline and degraded first",
    text: (s) => s.condition,
    order: (s) => RANK[s.condition],
  },
  {
    key: "heard",
    name: "Heard",
    title: "Since its last message",
    always: true,
    text: (s, nowMs) => duration((nowMs - Date.parse(s.heard)) / 1000),
    order: (s) => -Date.parse(s.heard),
  },
  {
    key: "latency",
    name: "Latency",
    title: "Age of the newest sample",
    always: true,
    text: (s) => shortSeconds(s.health?.latency_s ?? null),
    order: (s) => s.health?.latency_s ?? null,
  },
  {
    key: "noise",
    name: "Noise",
    title: "Largest rms noise of the channels",
    text: (s) => gal(noise(s)),
    order: noise,
  },
  {
    key: "clock",
    name: "Clock",
    title: "Time source and estimated error",
    text: clockWords,
    order: (s) => clockOf(s)?.error_s ?? null,
  },
  {
    key: "gaps",
    name: "Gaps",
    title: "Gaps since the start",
    text: (s) => String(s.health?.gaps ?? NONE),
    order: (s) => s.health?.gaps ?? null,
  },
  {
    key: "queue",
    name: "Queue",
    title: "Messages waiting for the broker",
    text: (s) => String(s.health?.outbox_depth ?? NONE),
    order: (s) => s.health?.outbox_depth ?? null,
  },
  {
    key: "temperature",
    name: "Temp.",
    title: "Temperature",
    text: (s) => (s.health?.temperature_c == null ? NONE : `${s.health.temperature_c.toFixed(0)} °C`),
    order: (s) => s.health?.temperature_c ?? null,
  },
  {
    key: "disk",
    name: "Disk",
    title: "Free room on disk",
    text: (s) =>
      s.health?.disk_free_bytes == null ? NONE : `${(s.health.disk_free_bytes / GB).toFixed(1)} GB`,
    order: (s) => s.health?.disk_free_bytes ?? null,
  },
  {
    key: "version",
    name: "Agent",
    title: "Version of the agent",
    text: (s) => s.state?.agent_version ?? NONE,
    order: (s) => s.state?.agent_version ?? null,
  },
  {
    key: "network",
    name: "Network",
    title: "The network in charge",
    text: (s) => running(s) ?? NONE,
    order: running,
  },
  {
    key: "update",
    name: "Update",
    title: "How it stands to what it is to run: network, software, settings",
    text: (s, nowMs) => {
      const part = foremost(s);
      return part === null ? NONE : standingWords(part, nowMs);
    },
    order: (s) => {
      const part = foremost(s);
      return part === null ? null : rank(part.standing);
    },
  },
  {
    key: "reasons",
    name: "What is wrong",
    title: "In the centre's words",
    always: true,
    text: (s) => s.reasons.join("; "),
    order: (s) => (s.reasons.length === 0 ? null : s.reasons.join("; ")),
  },
];

/** Stations whose name, sensor, condition, trouble, versions or ring hold every word. */
export function matching(stations: readonly Station[], query: string): Station[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...stations];
  return stations.filter((station) => {
    const { state, health } = station;
    const text = [
      station.id,
      station.condition,
      ...station.reasons,
      state?.sensor,
      state?.agent_version,
      health?.model,
      station.twin?.ring,
      ...(station.twin?.parts.flatMap((part) => [
        part.standing,
        part.detail,
        part.running,
        part.wanted,
        part.rollout,
      ]) ?? []),
    ]
      .filter(Boolean)
      .join(" ")
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Stations in the order of a column; ties go by name. */
export function sorted(stations: readonly Station[], key: string, descending: boolean): Station[] {
  const column = COLUMNS.find((one) => one.key === key) ?? COLUMNS[0];
  if (column === undefined) return [...stations];
  const way = descending ? -1 : 1;
  const keyed = stations.map((station) => ({ station, by: column.order(station) }));
  keyed.sort((a, b) => {
    if (a.by !== b.by) {
      if (a.by === null) return 1;
      if (b.by === null) return -1;
      return a.by < b.by ? -way : way;
    }
    return a.station.id < b.station.id ? -1 : 1;
  });
  return keyed.map(({ station }) => station);
}

/** The network in charge, as the station says it. */
function running(station: Station): string | null {
  const network = station.twin?.parts.find((part) => part.kind === "model");
  return network?.running ?? station.health?.model ?? null;
}

export function noise(station: Station): number | null {
  const levels = station.health?.noise.map((level) => level.rms_m_s2) ?? [];
  return levels.length === 0 ? null : Math.max(...levels);
}

export function clockWords(station: Station): string {
  const clock = clockOf(station);
  if (clock === null) return NONE;
  return `${CLOCK_WORDS[clock.source]} ± ${shortSeconds(clock.error_s)}`;
}

function clockOf(station: Station): ClockState | null {
  return station.health?.clock ?? station.state?.clock ?? null;
}
