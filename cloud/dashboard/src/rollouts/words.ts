/** Rollouts in words: what is asked of a ring, how its stations stand, both sides compared. */

import { minute } from "../fleet/standing.ts";
import { duration, shortSeconds, threeDigits } from "../format.ts";
import type { Comparison, Ring, Rollout, RolloutLine, Side } from "../types.ts";

/** In the order in which they fill a bar: what is done, what goes on, what went wrong, the rest. */
export const STATUSES = [
  "committed",
  "trying",
  "waiting",
  "returning",
  "returned",
  "failed",
  "timed out",
  "planned",
] as const;

const NONE = "–";

/** `models/loudness-2.tremor` is `loudness 2`. */
export function title({ what }: Pick<RolloutLine, "what">): string {
  const name = what.slice(what.lastIndexOf("/") + 1).replace(/\.(tremor|toml)$/, "");
  const dash = name.lastIndexOf("-");
  return dash < 0 ? name : `${name.slice(0, dash)} ${name.slice(dash + 1)}`;
}

/** Stations of a ring that count, by how they stand. */
export function segments(ring: Ring): [string, number][] {
  return STATUSES.flatMap((status): [string, number][] => {
    const count = ring.counts[status] ?? 0;
    return count === 0 ? [] : [[status, count]];
  });
}

/** `90 % must commit, at most 10% may fail once 3 have ended, soak 1 d, deadline 3 d`. */
export function asked({ plan }: Ring): string {
  const parts = [
    `${plan.success_percent} % must commit`,
    `at most ${plan.errors} may fail once ${plan.least_executed} have ended`,
    `soak ${duration(plan.soak_s)}`,
    `deadline ${duration(plan.deadline_s)}`,
  ];
  if (plan.pause_after) parts.push("then it waits for a word");
  return parts.join(", ");
}

/** How it stands, why, since when, and what holds it up. */
export function stateWords(rollout: Rollout, nowMs: number): string {
  const words = [rollout.reason === "" ? rollout.state : `${rollout.state}: ${rollout.reason}`];
  if (rollout.live && rollout.ring !== null && rollout.ring_since !== null) {
    const since = rollout.soak_since ?? rollout.ring_since;
    const what = rollout.soak_since === null ? `ring ${rollout.ring}` : `ring ${rollout.ring} soaks`;
    words.push(`${what} for ${duration((nowMs - Date.parse(since)) / 1000)}`);
  }
  if (rollout.held !== null) words.push(`on hold: ${rollout.held}`);
  if (rollout.problem !== null) words.push(`not signed: ${rollout.problem}`);
  words.push(`${rollout.id}, started ${minute(rollout.started)} by ${rollout.by}`);
  return words.join(" · ");
}

export interface Compared {
  name: string;
  before: string;
  after: string;
}

/** Rows of the comparison; those of which nothing is known are left out. */
export function compared(found: Comparison): Compared[] {
  const rows: Compared[] = [];
  if (found.heard_s > 0)
    rows.push({
      name: `Firings in the shadow, ${hours(found.heard_s)}`,
      before: String(found.incumbent_firings),
      after: String(found.firings),
    });
  const { before, after } = found;
  if (before.span_s === 0 && after.span_s === 0) return rows;
  const row = (name: string, text: (side: Side) => string): void => {
    rows.push({ name, before: text(before), after: text(after) });
  };
  row("Time in charge, all stations", (side) => hours(side.span_s));
  row("Processor", (side) => (side.cpu_share === null ? NONE : `${(100 * side.cpu_share).toFixed(1)} %`));
  row("Latency", (side) => shortSeconds(side.latency_s));
  row("Memory", (side) => (side.memory_bytes === null ? NONE : `${(side.memory_bytes / 1e6).toFixed(0)} MB`));
  row("Triggers an hour", (side) => rate(side.triggers, side.quiet_s));
  row("Gaps an hour", (side) => rate(side.gaps, side.span_s));
  row("Restarts", (side) => String(side.restarts));
  return rows;
}

function hours(seconds: number): string {
  return `${threeDigits(seconds / 3600)} h`;
}

function rate(count: number, seconds: number): string {
  return seconds === 0 ? NONE : threeDigits((count * 3600) / seconds);
}
