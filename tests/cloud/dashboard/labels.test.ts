import assert from "node:assert/strict";
import { test } from "node:test";
import { type Label, placeLabels } from "../../../cloud/dashboard/src/map/labels.ts";

const frame = { left: 0, top: 0, right: 400, bottom: 300 };
const sides = (...given: Parameters<typeof placeLabels>): string[] =>
  placeLabels(...given).map(({ side }) => side);
const label = (x: number, y: number): Label => ({ x, y, width: 60, height: 18 });

test("a label with room stands to the east", () => {
  assert.deepEqual(sides([label(100, 100)], frame), ["east"]);
});

test("a label that would leave the map stands on the other side", () => {
  assert.deepEqual(sides([label(380, 100)], frame), ["west"]);
});

test("two stations side by side do not write over each other", () => {
  assert.deepEqual(sides([label(100, 100), label(130, 100)], frame), ["west", "east"]);
});

test("nothing is written over an epicentre", () => {
  const epicentre = { left: 108, top: 80, right: 150, bottom: 120 };
  assert.deepEqual(sides([label(100, 100)], frame, [epicentre]), ["west"]);
});

test("a label without any room is left out", () => {
  const walls = [
    { left: 109, top: 0, right: 400, bottom: 300 },
    { left: 0, top: 0, right: 91, bottom: 300 },
  ];
  assert.deepEqual(sides([label(100, 100)], frame, walls), ["none"]);
});

test("a station outside the view has no label", () => {
  assert.deepEqual(sides([label(-20, 100)], frame), ["none"]);
});

test("a text without room is shortened before it is left out", () => {
  const walls = [
    { left: 150, top: 0, right: 400, bottom: 300 },
    { left: 0, top: 0, right: 91, bottom: 300 },
    { left: 0, top: 0, right: 400, bottom: 90 },
    { left: 0, top: 110, right: 400, bottom: 300 },
  ];
  assert.deepEqual(placeLabels([{ ...label(100, 100), shortWidth: 30 }], frame, walls), [
    { side: "east", short: true },
  ]);
});
