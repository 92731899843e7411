/** The countries of a topology with the box of each polygon, so that a region is found at once. */

import { feature } from "topojson-client";
import type { GeometryCollection, MultiPolygon, Polygon, Topology } from "topojson-specification";
import type { MultiPolygon as GeoMultiPolygon, Position } from "geojson";

/** West, south, east, north, in degrees. */
export type Box = [number, number, number, number];
export type World = Topology<{ countries: GeometryCollection<{ name: string }> }>;
export type Country = MultiPolygon<{ name: string }>;

interface Entry {
  name: string;
  polygons: { arcs: number[][]; box: Box }[];
}

export class Atlas {
  readonly world: World;
  private readonly entries: Entry[];

  constructor(world: World) {
    this.world = world;
    const boxes = world.arcs.map((_, index) => arcBox(world, index));
    this.entries = world.objects.countries.geometries.map((geometry) => ({
      name: (geometry.properties as { name?: string } | undefined)?.name ?? "",
      polygons: polygonsOf(geometry as Polygon | MultiPolygon).map((arcs) => ({
        arcs,
        box: union((arcs[0] ?? []).map((arc) => boxes[arc < 0 ? ~arc : arc] ?? EMPTY)),
      })),
    }));
  }

  /** The countries that have polygons touching the box, with those polygons only. */
  within(box: Box): Country[] {
    return this.entries.flatMap((entry) => {
      const arcs = entry.polygons.filter((part) => touch(part.box, box)).map((part) => part.arcs);
      if (arcs.length === 0) return [];
      return [{ type: "MultiPolygon" as const, arcs, properties: { name: entry.name } }];
    });
  }

  /** The name of the country at a place, or undefined at sea. */
  countryAt(longitude: number, latitude: number): string | undefined {
    const here: Box = [longitude, latitude, longitude, latitude];
    const found = this.within(here).find((country) => {
      const shape = feature(this.world, country).geometry as GeoMultiPolygon;
      return shape.coordinates.some(
        (polygon) =>
          insideRing(polygon[0] ?? [], longitude, latitude) &&
          !polygon.slice(1).some((hole) => insideRing(hole, longitude, latitude)),
      );
    });
    return found?.properties?.name;
  }
}

const EMPTY: Box = [Infinity, Infinity, -Infinity, -Infinity];

function polygonsOf(geometry: Polygon | MultiPolygon): number[][][] {
  if (geometry.type === "MultiPolygon") return geometry.arcs;
  return geometry.type === "Polygon" ? [geometry.arcs] : [];
}

function arcBox(world: World, index: number): Box {
  const [scaleX, scaleY] = world.transform?.scale ?? [1, 1];
  const [shiftX, shiftY] = world.transform?.translate ?? [0, 0];
  const box: Box = [...EMPTY];
  let x = 0;
  let y = 0;
  for (const point of world.arcs[index] ?? []) {
    // With a transform the points are differences in whole steps.
    x = world.transform === undefined ? (point[0] ?? 0) : x + (point[0] ?? 0);
    y = world.transform === undefined ? (point[1] ?? 0) : y + (point[1] ?? 0);
    const longitude = x * scaleX + shiftX;
    const latitude = y * scaleY + shiftY;
    box[0] = Math.min(box[0], longitude);
    box[1] = Math.min(box[1], latitude);
    box[2] = Math.max(box[2], longitude);
    box[3] = Math.max(box[3], latitude);
  }
  return box;
}

function union(boxes: Box[]): Box {
  return boxes.reduce<Box>(
    (all, box) => [
      Math.min(all[0], box[0]),
      Math.min(all[1], box[1]),
      Math.max(all[2], box[2]),
      Math.max(all[3], box[3]),
    ],
    EMPTY,
  );
}

function touch(a: Box, b: Box): boolean {
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
}

/** Even-odd rule: a ray to the east crosses the ring an odd number of times. */
function insideRing(ring: Position[], x: number, y: number): boolean {
  let inside = false;
  let [previousX, previousY] = ring.at(-1) ?? [0, 0];
  for (const [pointX = 0, pointY = 0] of ring) {
    const spans = pointY > y !== (previousY ?? 0) > y;
    if (spans) {
      const share = (y - pointY) / ((previousY ?? 0) - pointY);
      if (x < pointX + share * ((previousX ?? 0) - pointX)) inside = !inside;
    }
    [previousX, previousY] = [pointX, pointY];
  }
  return inside;
}
