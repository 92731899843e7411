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
    L.polyline(lines(borders), { ...shared, ...BORDER }).addTo(this.layers);
    L.polyline(lines(coast), { ...shared, ...COAST }).addTo(this.layers);
  }
}

/** Canvas styles cannot come from the style sheet. */
const LAND = { stroke: false, fill: true, fillColor: "#212c34", fillOpacity: 1 };
const COAST = { color: "#4b6070", weight: 1, opacity: 1, smoothFactor: 0.7 };
const BORDER = { color: "#3f4f5b", weight: 1, opacity: 1, dashArray: "4 4", smoothFactor: 0.7 };

async function fetchWorld(url: string): Promise<World> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`base map ${url}: the server answered ${response.status}`);
  return (await response.json()) as World;
}

function latLng(position: Position): L.LatLngTuple {
  return [position[1] ?? 0, position[0] ?? 0];
}

function lines(geometry: MultiLineString): L.LatLngTuple[][] {
  return geometry.coordinates.map((line) => line.map(latLng));
}

function rings(world: World, country: Country): L.LatLngTuple[][][] {
  const shape = feature(world, country).geometry as GeoMultiPolygon;
  return shape.coordinates.map((polygon) => polygon.map((ring) => ring.map(latLng)));
}
