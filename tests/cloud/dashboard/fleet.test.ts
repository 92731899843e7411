/** The table of all stations and the list of alarms, without a browser. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { listed } from "../../../cloud/dashboard/src/fleet/alarms.ts";
import { COLUMNS, matching, sorted } from "../../../cloud/dashboard/src/fleet/columns.ts";
import type { FleetAlarm, Station } from "../../../cloud/dashboard/src/types.ts";

const NOW = Date.parse("2026-03-14T06:00:00Z");

function station(id: string, latency_s: number | null, fields: Partial<Station> = {}): Station {
  const health = { latency_s, noise: [], gaps: 0, outbox_depth: 0 } as unknown as Station["health"];
  return {
    id,
    condition: "quiet",
    reasons: [],
    latitude: 0,
    longitude: 0,
    state: null,
    health,
    last_trigger: null,
    heard: "2026-03-14T05:59:00.000000Z",
    twin: null,
    certificate_until: null,
    ...fields,
  };
}

const STATIONS = [
  station("XX.B", 2),
  station("XX.A", null, { condition: "offline", reasons: ["silent for more than 35 s"] }),
  station("XX.D", 1),
  station("XX.C", 2, { condition: "degraded", reasons: ["clock runs free"] }),
];
const ids = (stations: readonly Station[]): string => stations.map((s) => s.id.slice(3)).join("");

test("a column sorts both ways, the unknown last, ties by name", () => {
  assert.equal(ids(sorted(STATIONS, "latency", false)), "DBCA");
  assert.equal(ids(sorted(STATIONS, "latency", true)), "BCDA");
});

test("who needs a hand comes first", () => {
  assert.equal(ids(sorted(STATIONS, "condition", false)), "ACBD");
});

test("every word of the filter must be found, in name or trouble", () => {
  assert.equal(ids(matching(STATIONS, "xx.b")), "B");
  assert.equal(ids(matching(STATIONS, "CLOCK free")), "C");
  assert.equal(ids(matching(STATIONS, "clock silent")), "");
  assert.equal(ids(matching(STATIONS, "  ")), "BADC");
});

test("every column tells and sorts a station of which nothing is known", () => {
  const bare = station("XX.Z", null, { health: null });
  for (const column of COLUMNS) {
    assert.equal(typeof column.text(bare, NOW), "string");
    assert.doesNotThrow(() => column.order(bare));
  }
});

test("alarms that go on come first, what was over long ago is gone", () => {
  const alarm = (id: string, began: string, ended: string | null): FleetAlarm => ({
    id,
    revision: 0,
    kind: "silent",
    headline: id,
    stations: [],
    began,
    ended,
    acknowledged: null,
    acknowledged_by: null,
  });
  const alarms = [
    alarm("old", "2026-03-13T00:00:00Z", "2026-03-13T01:00:00Z"),
    alarm("over", "2026-03-14T05:50:00Z", "2026-03-14T05:55:00Z"),
    alarm("first", "2026-03-14T01:00:00Z", null),
    alarm("newest", "2026-03-14T05:00:00Z", null),
  ];
  assert.deepEqual(
    listed(alarms, NOW).map(({ id }) => id),
    ["newest", "first", "over"],
  );
});
