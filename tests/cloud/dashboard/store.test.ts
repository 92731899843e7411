import assert from "node:assert/strict";
import { test } from "node:test";
import { DataClock } from "../../../cloud/dashboard/src/clock.ts";
import { Store } from "../../../cloud/dashboard/src/store.ts";
import type { Picture, SeismicEvent, Trigger } from "../../../cloud/dashboard/src/types.ts";

function picture(changes: Partial<Picture>): Picture {
  return {
    full: false,
    instance: "a",
    sequence: 1,
    now: "2020-01-30T06:51:33.250000Z",
    speed: 1,
    mode: "live",
    note: null,
    stations: [],
    triggers: [],
    events: [],
    alarms: [],
    activity: [],
    ...changes,
  };
}

const trigger = (id: string, onset: string, revision = 0): Trigger =>
  ({ id, onset, revision }) as Trigger;
const event = (id: string, origin_time: string, status = "declared"): SeismicEvent =>
  ({ id, origin_time, status }) as SeismicEvent;

test("a change replaces what has the same id and keeps the rest", () => {
  const store = new Store();
  store.apply(picture({ triggers: [trigger("a", "1"), trigger("b", "2")] }));
  store.apply(picture({ triggers: [trigger("a", "1", 4)] }));
  assert.deepEqual(
    store.triggerList().map(({ id, revision }) => [id, revision]),
    [
      ["b", 0],
      ["a", 4],
    ],
  );
});

test("a full picture forgets everything before it", () => {
  const store = new Store();
  store.apply(picture({ triggers: [trigger("a", "1")], events: [event("e", "1")] }));
  store.apply(picture({ full: true, triggers: [trigger("b", "2")] }));
  assert.deepEqual([...store.triggers.keys()], ["b"]);
  assert.equal(store.events.size, 0);
});

test("the lists are bounded: the one unchanged for longest goes", () => {
  const store = new Store();
  store.apply(picture({ triggers: [trigger("kept", "0")] }));
  for (let n = 0; n < 199; n += 1) store.apply(picture({ triggers: [trigger(`t${n}`, "1")] }));
  store.apply(picture({ triggers: [trigger("kept", "0", 1)] }));
  store.apply(picture({ triggers: [trigger("one more", "2")] }));
  assert.equal(store.triggers.size, 200);
  assert.ok(store.triggers.has("kept"));
  assert.ok(!store.triggers.has("t0"));
});

test("the newest event is the one with the latest origin that stands", () => {
  const store = new Store();
  const events = [event("old", "1"), event("new", "2"), event("gone", "3", "retracted")];
  store.apply(picture({ events }));
  assert.equal(store.newestEvent()?.id, "new");
  assert.deepEqual(
    store.eventList().map(({ id }) => id),
    ["gone", "new", "old"],
  );
});

test("the peak of a station is the largest of its P and S, not of yesterday", () => {
  const seen = (onset: string, pga_m_s2: number | null, status = "final"): Trigger =>
    ({ ...trigger(onset, onset), network: "MX", station: "001", pga_m_s2, status }) as Trigger;
  const store = new Store();
  store.apply(
    picture({
      triggers: [
        seen("2020-01-29T06:51:30.000000Z", 9),
        seen("2020-01-30T06:51:30.000000Z", 0.5),
        seen("2020-01-30T06:51:35.000000Z", 2),
        seen("2020-01-30T06:51:36.000000Z", 7, "retracted"),
        seen("2020-01-30T06:52:10.000000Z", 0.1),
        seen("2020-01-30T06:52:20.000000Z", null),
      ],
    }),
  );
  assert.deepEqual([...store.peaks()], [["MX.001", 2]]);
});

test("the data clock runs on between messages, at the speed of the replay", () => {
  let local = 1000;
  const clock = new DataClock(() => local);
  assert.equal(clock.nowMs(), null);
  clock.set("2020-01-30T06:51:33.000000Z", 10);
  local += 500;
  assert.equal(clock.nowMs(), Date.parse("2020-01-30T06:51:38.000Z"));
});
