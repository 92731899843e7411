/** Enrolment in words. */

import { minute } from "../fleet/standing.ts";
import { counted, duration } from "../format.ts";
import type { Enrolment } from "../types.ts";

/** Lines shown at most. */
export const MOST = 500;
const RANK: Record<Enrolment["standing"], number> = {
  "ran out": 0,
  "token expired": 1,
  waiting: 2,
  enrolled: 3,
  revoked: 4,
};

/** Who needs a hand first; of those that stand alike what ends first. */
export function inNeed(enrolments: readonly Enrolment[]): Enrolment[] {
  return [...enrolments].sort(
    (a, b) =>
      RANK[a.standing] - RANK[b.standing] ||
      (a.until ?? "").localeCompare(b.until ?? "") ||
      name(a).localeCompare(name(b)),
  );
}

/** `until 2026-03-14 06:51, in 12 d`; of what has ended since when. */
export function untilWords({ standing, until }: Enrolment, nowMs: number): string {
  if (until === null) return "";
  const seconds = (Date.parse(until) - nowMs) / 1000;
  if (standing === "revoked") return `since ${minute(until)}`;
  if (seconds < 0) return `ended ${minute(until)}, ${duration(-seconds)} ago`;
  return `until ${minute(until)}, in ${duration(seconds)}`;
}

/** `3 stations: 1 waiting, 2 enrolled`. */
export function summary(enrolments: readonly Enrolment[]): string {
  if (enrolments.length === 0)
    return "Nobody was given a token. `cloud-aggregator station add NETWORK.STATION` makes one.";
  const counts = new Map<string, number>();
  for (const { standing } of enrolments) counts.set(standing, (counts.get(standing) ?? 0) + 1);
  const words = [...counts].map(([standing, count]) => `${count} ${standing}`).join(", ");
  const more = enrolments.length > MOST ? `; the first ${MOST} are shown` : "";
  return `${counted(enrolments.length, "station")}: ${words}${more}`;
}

export function name({ network, station }: Enrolment): string {
  return `${network}.${station}`;
}
