/** What stations are to run against what they run, in words, as the centre says it. */

import type { Kind, Standing, Station, Twin, TwinPart } from "../types.ts";

export const KIND_WORDS: Record<Kind, string> = {
  model: "Network",
  software: "Software",
  configuration: "Settings",
};

/** Who needs a hand comes first. */
export const STANDINGS: readonly Standing[] = [
  "rolled back",
  "rejected",
  "refused",
  "silent",
  "waits",
  "not begun",
  "on its way",
  "as wanted",
  "nothing assigned",
];

const RANK = new Map(STANDINGS.map((standing, place) => [standing, place]));
const AGED: ReadonlySet<Standing> = new Set<Standing>(["on its way", "not begun", "waits"]);

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
] as const;

/** The kind of a station that needs a hand most; null: it takes no updates. */
export function foremost(station: Station): TwinPart | null {
  let found: TwinPart | null = null;
  for (const part of station.twin?.parts ?? [])
    if (found === null || rank(part.standing) < rank(found.standing)) found = part;
  return found;
}

export function rank(standing: Standing): number {
  return RANK.get(standing) ?? STANDINGS.length;
}

/** `on its way: shadow, 12 min`. */
export function standingWords(part: TwinPart, nowMs: number): string {
  let words: string = part.standing;
  if (part.detail !== "") words += `${part.detail.startsWith("in ") ? " " : ": "}${part.detail}`;
  if (!AGED.has(part.standing) || part.since === null) return words;
  const seconds = (nowMs - Date.parse(part.since)) / 1000;
  return seconds > 0 ? `${words}, ${span(seconds)}` : words;
}

/** `loudness 2 since 2026-03-14 06:51: as wanted`; what is wanted, too, where that is another. */
export function partWords(part: TwinPart, nowMs: number): string {
  let words = part.running ?? "none";
  if (part.running_since !== null) words += ` since ${minute(part.running_since)}`;
  if (part.wanted !== null && part.standing !== "as wanted") words += `, wanted ${part.wanted}`;
  return part.standing === "nothing assigned" ? words : `${words}: ${standingWords(part, nowMs)}`;
}

/** `ring canary, last look 12 min ago`. */
export function looked(twin: Twin, nowMs: number): string {
  const parts = twin.ring === null ? [] : [`ring ${twin.ring}`];
  if (twin.looked !== null)
    parts.push(`last look ${span((nowMs - Date.parse(twin.looked)) / 1000)} ago`);
  return parts.join(", ") || "not in a ring";
}

/** How many stations stand how, by what needs a hand most. */
export function tally(stations: Iterable<Station>): [Standing, number][] {
  const counts = new Map<Standing, number>();
  for (const station of stations) {
    const part = foremost(station);
    if (part !== null) counts.set(part.standing, (counts.get(part.standing) ?? 0) + 1);
  }
  return STANDINGS.flatMap((standing): [Standing, number][] => {
    const count = counts.get(standing);
    return count === undefined ? [] : [[standing, count]];
  });
}

/** `2026-03-14 06:51`, UTC. */
export function minute(time: string): string {
  return time.slice(0, 16).replace("T", " ");
}

/** A time in one unit: `42 s`, `12 min`, `5 h`, `3 d`. */
export function span(seconds: number): string {
  for (const [unit, size] of UNITS) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${Math.max(0, Math.floor(seconds))} s`;
}
