/** Desired against reported in the page's words, without a browser. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { matching } from "../../../cloud/dashboard/src/fleet/columns.ts";
import {
  foremost,
  looked,
  partWords,
  span,
  standingWords,
  STANDINGS,
  tally,
} from "../../../cloud/dashboard/src/fleet/standing.ts";
import { tabOf } from "../../../cloud/dashboard/src/fleet/tabs.ts";
import type { Standing, Station, TwinPart } from "../../../cloud/dashboard/src/types.ts";

const NOW = Date.parse("2026-03-14T06:51:00Z");

function part(standing: Standing, fields: Partial<TwinPart> = {}): TwinPart {
  return {
    kind: "model",
    standing,
    detail: "",
    since: "2026-03-14T06:39:00Z",
    wanted: "quake_cnn 2",
    wanted_since: "2026-03-14T06:00:00Z",
    ring: "canary",
    rollout: "r-2",
    running: "quake_cnn 1",
    running_since: null,
    ...fields,
  };
}

function station(id: string, ...parts: TwinPart[]): Station {
  const twin = parts.length === 0 ? null : { ring: "canary", looked: null, parts };
  return { id, condition: "quiet", reasons: [], state: null, health: null, twin } as unknown as Station;
}

test("a standing says what, why and for how long", () => {
  assert.equal(standingWords(part("on its way", { detail: "shadow" }), NOW), "on its way: shadow, 12 min");
  assert.equal(standingWords(part("as wanted"), NOW), "as wanted");
  const back = part("rolled back", { detail: "in probation: it fires alone" });
  assert.equal(standingWords(back, NOW), "rolled back in probation: it fires alone");
  assert.equal(standingWords(part("waits", { since: null, detail: "window 02-04 UTC" }), NOW), "waits: window 02-04 UTC");
});

test("what runs is said, and what is wanted where that is another", () => {
  const since = { running_since: "2026-03-13T00:00:00Z" };
  assert.equal(partWords(part("as wanted", since), NOW), "quake_cnn 1 since 2026-03-13 00:00: as wanted");
  assert.equal(partWords(part("refused"), NOW), "quake_cnn 1, wanted quake_cnn 2: refused");
  assert.equal(partWords(part("nothing assigned", { wanted: null }), NOW), "quake_cnn 1");
  assert.equal(partWords(part("not begun", { running: null, since: null }), NOW), "none, wanted quake_cnn 2: not begun");
});

test("of several kinds the one that needs a hand counts", () => {
  const one = station("XX.A", part("as wanted"), part("rolled back"), part("on its way"));
  assert.equal(foremost(one)?.standing, "rolled back");
  assert.equal(foremost(station("XX.B")), null);
  assert.deepEqual(tally([one, station("XX.B"), station("XX.C", part("as wanted")), one]), [
    ["rolled back", 2],
    ["as wanted", 1],
  ]);
  assert.equal(new Set(STANDINGS).size, 9);
});

test("the filter finds network, phase, ring and rollout", () => {
  const stations = [
    station("XX.A", part("on its way", { detail: "shadow" })),
    station("XX.B", part("as wanted", { running: "quake_cnn 2" })),
    station("XX.C"),
  ];
  const found = (query: string): string => matching(stations, query).map(({ id }) => id.slice(3)).join("");
  assert.equal(found("shadow"), "A");
  assert.equal(found("canary"), "AB");
  assert.equal(found("as wanted"), "B");
  assert.equal(found("r-2 quake_cnn"), "AB");
});

test("times are in one unit", () => {
  assert.deepEqual([-5, 42, 60, 7_199, 90_000].map(span), ["0 s", "42 s", "1 min", "1 h", "1 d"]);
  assert.equal(looked({ ring: "all", looked: "2026-03-14T06:39:00Z", parts: [] }, NOW), "ring all, last look 12 min ago");
  assert.equal(looked({ ring: null, looked: null, parts: [] }, NOW), "not in a ring");
});

test("an address names a tab, or none", () => {
  assert.deepEqual(["#stations", "#rollouts", "#enrolment", "", "#x"].map(tabOf), [
    "stations",
    "rollouts",
    "enrolment",
    null,
    null,
  ]);
});
