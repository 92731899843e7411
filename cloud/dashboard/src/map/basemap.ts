/**
 * Coastlines and borders of Natural Earth, bundled: a coarse set at once, a fine one when the map
 * is close enough to need it. Only what lies around the view is decoded and drawn.
 */

import L from "leaflet";
import { feature, mesh } from "topojson-client";
import type { MultiLineString, MultiPolygon as GeoMultiPolygon, Position } from "geojson";
import coarseUrl from "world-atlas/countries-50m.json?url";
import fineUrl from "world-atlas/countries-10m.json?url";
import { Atlas, type Box, type Country, type World } from "./atlas.ts";
import type { Place } from "../geo.ts";

/** From this zoom on the coarse coastline shows its corners. */
const FINE_FROM_ZOOM = 6;
const MARGIN = 0.6;

export class Basemap {
  private coarse: Atlas | null = null;
  private fine: Atlas | null = null;
  private fineAsked = false;
  private drawn: { atlas: Atlas; bounds: L.LatLngBounds } | null = null;
  private readonly map: L.Map;
  private readonly layers = L.layerGroup();
  private readonly renderer: L.Canvas;

  constructor(map: L.Map) {
    this.map = map;
    const pane = map.createPane("basemap");
    pane.style.zIndex = "200";
    this.renderer = L.canvas({ pane: "basemap", padding: 0.5 });
    this.layers.addTo(map);
    map.on("moveend", () => this.refresh());
  }

  async load(): Promise<void> {
    this.coarse = new Atlas(await fetchWorld(coarseUrl));
    this.refresh();
  }

  /** The country at a place, if it is on land. */
  countryAt(place: Place): string | undefined {
    return this.coarse?.countryAt(place.longitude, place.latitude);
  }

  private refresh(): void {
    const close = this.map.getZoom() >= FINE_FROM_ZOOM;
    if (close && !this.fineAsked && this.coarse !== null) void this.loadFine();
    const atlas = close ? (this.fine ?? this.coarse) : this.coarse;
    const view = this.map.getBounds();
    if (atlas === null || (this.drawn?.atlas === atlas && this.drawn.bounds.contains(view))) return;
    const bounds = view.pad(MARGIN);
    this.draw(atlas, bounds);
    this.drawn = { atlas, bounds };
  }

  private async loadFine(): Promise<void> {
    this.fineAsked = true;
    this.fine = new Atlas(await fetchWorld(fineUrl));
    this.refresh();
  }

  private draw(atlas: Atlas, bounds: L.LatLngBounds): void {
    const box: Box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    const countries = atlas.within(box);
    const shared = { renderer: this.renderer, interactive: false } as const;
    this.layers.clearLayers();
    for (const country of countries) {
      const land = rings(atlas.world, country);
      L.polygon(land, { ...shared, className: "land", ...LAND }).addTo(this.layers);
    }
    const collection = { type: "GeometryCollection" as const, geometries: countries };
    const coast = mesh(atlas.world, collection, (a, b) => a === b);
    const borders = mesh(atlas.world, collection, (a, b) => a !== b);
    L.polyline(graticule(bounds), { ...shared, ...GRATICULE }).addTo(this.layers);
    L.polyline(lines(borders), { ...shared, ...BORDER }).addTo(this.layers);
    L.polyline(lines(coast), { ...shared, ...COAST }).addTo(this.layers);
  }
}

/** Canvas styles cannot come from the style sheet. */
const LAND = { stroke: false, fill: true, fillColor: "#212c34", fillOpacity: 1 };
const COAST = { color: "#4b6070", weight: 1, opacity: 1, smoothFactor: 0.7 };
const GRATICULE = { color: "#93b0c4", weight: 1, opacity: 0.09 };
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30];
const BORDER = { color: "#3f4f5b", weight: 1, opacity: 1, dashArray: "4 4", smoothFactor: 0.7 };

async function fetchWorld(url: string): Promise<World> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`base map ${url}: the server answered ${response.status}`);
  return (await response.json()) as World;
}

/**
 * The points of a line as Leaflet wants them, running on over the date line instead of jumping
 * around the world.
 */
function unwrapped(line: Position[]): L.LatLngTuple[] {
  let turn = 0;
  let before: number | undefined;
  return line.map(([longitude = 0, latitude = 0]) => {
    if (before !== undefined && Math.abs(longitude - before) > 180) {
      turn += longitude > before ? -360 : 360;
    }
    before = longitude;
    return [latitude, longitude + turn];
  });
}

/** The shift by which a shape over the date line is seen from the other side too, if it is one. */
function otherSide(points: L.LatLngTuple[]): number | undefined {
  if (points.some(([, longitude]) => longitude > 180)) return -360;
  return points.some(([, longitude]) => longitude < -180) ? 360 : undefined;
}

function shifted(points: L.LatLngTuple[], by: number): L.LatLngTuple[] {
  return points.map(([latitude, longitude]) => [latitude, longitude + by]);
}

function lines(geometry: MultiLineString): L.LatLngTuple[][] {
  return geometry.coordinates.flatMap((line) => {
    const points = unwrapped(line);
    const by = otherSide(points);
    return by === undefined ? [points] : [points, shifted(points, by)];
  });
}

function rings(world: World, country: Country): L.LatLngTuple[][][] {
  const shape = feature(world, country).geometry as GeoMultiPolygon;
  return shape.coordinates.flatMap((polygon) => {
    const parts = polygon.map(unwrapped);
    const by = otherSide(parts[0] ?? []);
    return by === undefined ? [parts] : [parts, parts.map((ring) => shifted(ring, by))];
  });
}

/** Meridians and parallels, some four to eight across the view. */
function graticule(bounds: L.LatLngBounds): L.LatLngTuple[][] {
  const wanted = (bounds.getEast() - bounds.getWest()) / 12;
  const step = STEPS.find((candidate) => candidate >= wanted) ?? 30;
  const first = (from: number): number => Math.ceil(from / step) * step;
  const found: L.LatLngTuple[][] = [];
  const south = Math.max(-85, bounds.getSouth());
  const north = Math.min(85, bounds.getNorth());
  for (let x = first(bounds.getWest()); x <= bounds.getEast(); x += step) {
    found.push([
      [south, x],
      [north, x],
    ]);
  }
  for (let y = first(south); y <= north; y += step) {
    found.push([
      [y, bounds.getWest()],
      [y, bounds.getEast()],
    ]);
  }
  return found;
}
