import assert from "node:assert/strict";
import { test } from "node:test";

import {
  magnitudeLines,
  seenBy,
  shakingLines,
  strongest,
} from "../../../cloud/dashboard/src/size.ts";
import type { MagnitudeEstimate, StationShaking } from "../../../cloud/dashboard/src/types.ts";

const shaken = (station: string, pga_m_s2: number | null): StationShaking => ({
  station,
  distance_km: 21.3,
  pga_m_s2,
  pgv_m_s: null,
  mmi: 5.12,
  jma_intensity: null,
});
const estimate = (type: string, uncertainty_up: number | null): MagnitudeEstimate => ({
  type,
  value: 5.28,
  uncertainty: 0.17,
  uncertainty_up,
  stations: 7,
  window_s: 27,
});

test("each kind of magnitude has its error and its stations", () => {
  assert.deepEqual(magnitudeLines([estimate("Mw", null)]), ["Mw 5.3 ± 0.2, 7 stations"]);
});

test("a kind that saturates says how much larger the earthquake may be", () => {
  assert.deepEqual(magnitudeLines([estimate("Mpd", 0.9)]), [
    "Mpd 5.3 ± 0.2 (up to +0.9), 7 stations",
  ]);
});

test("the strongest shaking is found wherever it stands, and nothing in nothing", () => {
  assert.equal(strongest([shaken("A", 0.1), shaken("B", 0.5), shaken("C", null)])?.station, "B");
  assert.equal(strongest([shaken("C", null)]), undefined);
  assert.equal(strongest([]), undefined);
});

test("how many saw it, and how strongly", () => {
  assert.equal(seenBy(7, [shaken("A", 0.34)]), "7 stations, up to 34.0 gal");
  assert.equal(seenBy(1, []), "1 station");
});

test("a station tells what it knows", () => {
  assert.deepEqual(shakingLines([shaken("OE.011", 0.34), shaken("OE.014", null)]), [
    "OE.011, 21 km: 34.0 gal, MMI 5.1",
    "OE.014, 21 km: MMI 5.1",
  ]);
});
