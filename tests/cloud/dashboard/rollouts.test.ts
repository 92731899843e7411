/** Rollouts and enrolment in the page's words, without a browser. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { inNeed, summary, untilWords } from "../../../cloud/dashboard/src/enrolment/words.ts";
import { asked, compared, segments, stateWords, title } from "../../../cloud/dashboard/src/rollouts/words.ts";
import type { Enrolment, Ring, Rollout, Side } from "../../../cloud/dashboard/src/types.ts";

const NOW = Date.parse("2026-03-14T06:51:00Z");

const RING: Ring = {
  plan: {
    name: "canary",
    success_percent: 90,
    errors: "10%",
    least_executed: 3,
    soak_s: 86_400,
    deadline_s: 259_200,
    pause_after: false,
  },
  begun: true,
  current: true,
  stations: 10,
  counts: { failed: 1, committed: 6, planned: 0, gone: 1, waiting: 2 },
};

const NOTHING: Side = {
  span_s: 0,
  cpu_share: null,
  latency_s: null,
  memory_bytes: null,
  quiet_s: 0,
  triggers: 0,
  gaps: 0,
  restarts: 0,
};

function rollout(fields: Partial<Rollout>): Rollout {
  return {
    id: "r-2",
    kind: "model",
    what: "models/quake_cnn-2.tremor",
    state: "running",
    live: true,
    reason: "",
    ring: "canary",
    started: "2026-03-14T04:51:00Z",
    by: "ana",
    rings: [RING],
    ring_since: "2026-03-14T05:51:00Z",
    soak_since: null,
    held: null,
    problem: null,
    comparison: { heard_s: 0, firings: 0, incumbent_firings: 0, before: NOTHING, after: NOTHING },
    ...fields,
  };
}

test("every kind has a title without folders and endings", () => {
  const titles = ["models/quake_cnn-2.tremor", "software/tremorkit-1.2.0", "configuration/quiet-3.toml", "odd"];
  assert.deepEqual(
    titles.map((what) => title({ what })),
    ["quake_cnn 2", "tremorkit 1.2.0", "quiet 3", "odd"],
  );
});

test("a ring's bar has what is there, in a fixed order; who is gone is not in it", () => {
  assert.deepEqual(segments(RING), [
    ["committed", 6],
    ["waiting", 2],
    ["failed", 1],
  ]);
});

test("a ring says what is asked of it", () => {
  assert.equal(asked(RING), "90 % must commit, at most 10% may fail once 3 have ended, soak 1 d, deadline 3 d");
  assert.match(asked({ ...RING, plan: { ...RING.plan, pause_after: true } }), /waits for a word$/);
});

test("the comparison has rows of what is known", () => {
  assert.deepEqual(compared(rollout({}).comparison), []);
  const shadow = { heard_s: 7200, firings: 9, incumbent_firings: 4, before: NOTHING, after: NOTHING };
  assert.deepEqual(compared(shadow), [{ name: "Firings in the shadow, 2.00 h", before: "4", after: "9" }]);
  const before = { ...NOTHING, span_s: 3600, cpu_share: 0.1, latency_s: 2, quiet_s: 1800, triggers: 3 };
  const rows = compared({ ...shadow, heard_s: 0, before, after: { ...before, memory_bytes: 9e7 } });
  assert.deepEqual(
    rows.map((row) => [row.name, row.before, row.after]),
    [
      ["Time in charge, all stations", "1.00 h", "1.00 h"],
      ["Processor", "10.0 %", "10.0 %"],
      ["Latency", "2.0 s", "2.0 s"],
      ["Memory", "–", "90 MB"],
      ["Triggers an hour", "6.00", "6.00"],
      ["Gaps an hour", "0.000", "0.000"],
      ["Restarts", "0", "0"],
    ],
  );
});

test("a rollout says how it stands, and what holds it up", () => {
  assert.equal(
    stateWords(rollout({}), NOW),
    "running · ring canary for 1 h 00 min · r-2, started 2026-03-14 04:51 by ana",
  );
  const soaks = rollout({ soak_since: "2026-03-14T06:50:00Z", held: "an earthquake", problem: "no key" });
  assert.match(stateWords(soaks, NOW), /ring canary soaks for 1 min 00 s · on hold: an earthquake · not signed: no key/);
  const stopped = rollout({ state: "stopped", live: false, reason: "worse" });
  assert.equal(stateWords(stopped, NOW), "stopped: worse · r-2, started 2026-03-14 04:51 by ana");
});

test("who needs a hand to enrol comes first", () => {
  const one = (station: string, standing: Enrolment["standing"], until: string | null): Enrolment => ({
    network: "XX",
    station,
    standing,
    until,
  });
  const all = [
    one("A", "enrolled", "2026-05-01T00:00:00Z"),
    one("B", "waiting", "2026-03-20T00:00:00Z"),
    one("C", "ran out", "2026-03-01T00:00:00Z"),
    one("D", "waiting", "2026-03-16T06:51:00Z"),
    one("E", "revoked", "2026-03-02T00:00:00Z"),
  ];
  assert.equal(inNeed(all).map(({ station }) => station).join(""), "CDBAE");
  assert.equal(untilWords(one("D", "waiting", "2026-03-16T06:51:00Z"), NOW), "until 2026-03-16 06:51, in 2 d");
  assert.equal(untilWords(one("C", "ran out", "2026-03-13T06:51:00Z"), NOW), "ended 2026-03-13 06:51, 1 d ago");
  assert.equal(untilWords(one("E", "revoked", "2026-03-02T00:00:00Z"), NOW), "since 2026-03-02 00:00");
  assert.equal(untilWords(one("E", "revoked", null), NOW), "");
  assert.equal(summary(all), "5 stations: 1 enrolled, 2 waiting, 1 ran out, 1 revoked");
  assert.match(summary([]), /station add/);
});
