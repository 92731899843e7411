import assert from "node:assert/strict";
import { test } from "node:test";
import { distanceKm, frontRadiusKm, nearest, wind } from "../../../cloud/dashboard/src/geo.ts";

const acapulco = { latitude: 16.86, longitude: -99.88 };
const mexico = { latitude: 19.43, longitude: -99.13 };

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`);
}

test("a degree of latitude is 111.2 km", () => {
  near(distanceKm({ latitude: 0, longitude: 0 }, { latitude: 1, longitude: 0 }), 111.2, 0.1);
});

test("Acapulco to Mexico City is 297 km to the north", () => {
  near(distanceKm(acapulco, mexico), 297, 2);
  assert.equal(wind(acapulco, mexico), "N");
  assert.equal(wind(mexico, acapulco), "S");
});

test("distance and wind work over the date line", () => {
  const fiji = { latitude: -17, longitude: 179.5 };
  const beyond = { latitude: -17, longitude: -179.5 };
  near(distanceKm(fiji, beyond), 106.3, 0.5);
  assert.equal(wind(fiji, beyond), "E");
});

test("the nearest of several places, with its distance and the wind to go", () => {
  const stations = [
    { id: "A", ...acapulco },
    { id: "M", ...mexico },
  ];
  const found = nearest({ latitude: 16.4, longitude: -99.88 }, stations);
  assert.equal(found?.id, "A");
  assert.equal(found?.wind, "S");
  near(found?.km ?? 0, 51, 1);
  assert.equal(nearest(acapulco, []), undefined);
});

// First arrivals in iasp91 for a source at 24 km, by ObsPy's TauP.
for (const [phase, seconds, km] of [
  ["P", 10, 53],
  ["P", 30, 203],
  ["P", 60, 445],
  ["S", 30, 101],
  ["S", 60, 233],
] as const) {
  test(`${phase} has come about ${km} km after ${seconds} s`, () => {
    near(frontRadiusKm(phase, 24, seconds), km, 10);
  });
}

test("no front before the wave has reached the surface", () => {
  assert.equal(frontRadiusKm("P", 24, 3), 0);
  assert.equal(frontRadiusKm("P", 24, 0), 0);
});

test("fronts never go back, and P is ahead of S", () => {
  let before = 0;
  for (let seconds = 0; seconds < 120; seconds += 0.5) {
    const p = frontRadiusKm("P", 24, seconds);
    assert.ok(p >= before, `P goes back at ${seconds} s`);
    assert.ok(p >= frontRadiusKm("S", 24, seconds));
    before = p;
  }
});

test("a source under the crust has fronts too", () => {
  assert.ok(frontRadiusKm("P", 60, 30) > 100);
});
