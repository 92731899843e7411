import assert from "node:assert/strict";
import { test } from "node:test";
import {
  clockDate,
  clockTime,
  coordinates,
  counted,
  duration,
  gal,
  hertz,
  kilometres,
  magnitude,
  shortSeconds,
  threeDigits,
} from "../../../cloud/dashboard/src/format.ts";

test("times are UTC, whatever the zone of the browser", () => {
  const ms = Date.parse("2020-01-30T06:51:33.250000Z");
  assert.equal(clockTime(ms), "06:51:33");
  assert.equal(clockDate(ms), "2020-01-30");
});

for (const [seconds, expected] of [
  [-3, "0 s"],
  [0, "0 s"],
  [59.9, "59 s"],
  [60, "1 min 00 s"],
  [185, "3 min 05 s"],
  [3600, "1 h 00 min"],
  [8040, "2 h 14 min"],
  [86_400, "1 d"],
  [500_000, "5 d"],
] as const) {
  test(`a duration of ${seconds} s reads ${expected}`, () => {
    assert.equal(duration(seconds), expected);
  });
}

for (const [value, expected] of [
  [0.00062, "0.062 gal"],
  [0.0112, "1.12 gal"],
  [0.5, "50.0 gal"],
  [3.09, "309 gal"],
  [0, "0.000 gal"],
  [null, "–"],
] as const) {
  test(`${value} m/s2 reads ${expected}`, () => {
    assert.equal(gal(value), expected);
  });
}

for (const [seconds, expected] of [
  [0.0004, "0.4 ms"],
  [0.012, "12 ms"],
  [0.9949, "995 ms"],
  [0.996, "1.0 s"],
  [1.84, "1.8 s"],
  [23.4, "23 s"],
  [1260, "21 min"],
  [-0.02, "-20 ms"],
  [null, "–"],
] as const) {
  test(`a short time of ${seconds} s reads ${expected}`, () => {
    assert.equal(shortSeconds(seconds), expected);
  });
}

test("numbers keep about three digits and no exponent", () => {
  assert.deepEqual([1234.5, 12.34, 1.234, 0.1234, 0.01234].map(threeDigits), [
    "1235",
    "12.3",
    "1.23",
    "0.12",
    "0.012",
  ]);
});

test("coordinates name their hemisphere", () => {
  assert.equal(coordinates(16.52, -98.83), "16.52° N  98.83° W");
  assert.equal(coordinates(-41.3, 174.8), "41.30° S  174.80° E");
});

test("what is unknown is a dash", () => {
  assert.equal(hertz(null), "–");
  assert.equal(magnitude(null), "–");
});

test("units and counts", () => {
  assert.equal(hertz(31.2537), "31.25 Hz");
  assert.equal(magnitude(5.06), "5.1");
  assert.equal(kilometres(6.54), "6.5 km");
  assert.equal(kilometres(24.4), "24 km");
  assert.equal(counted(1, "station"), "1 station");
  assert.equal(counted(12, "station"), "12 stations");
});
