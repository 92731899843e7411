/** The map with all that is on it. */

import L from "leaflet";
import type { Place } from "../geo.ts";
import type { Store } from "../store.ts";
import type { SeismicEvent } from "../types.ts";
import { Basemap } from "./basemap.ts";
import { EventLayer } from "./events.ts";
import { StationLayer } from "./stations.ts";
import { MapView } from "./view.ts";

export interface MapHandlers {
  selectStation(id: string): void;
  selectEvent(id: string): void;
  nowMs(): number | null;
}

export class NetworkMap {
  readonly view: MapView;
  private readonly map: L.Map;
  private readonly basemap: Basemap;
  private readonly stations: StationLayer;
  private readonly events: EventLayer;

  constructor(container: HTMLElement, handlers: MapHandlers) {
    const map = L.map(container, {
      center: [25, 0],
      zoom: 2,
      minZoom: 2,
      maxZoom: 12,
      zoomSnap: 0.25,
      zoomControl: false,
      maxBoundsViscosity: 1,
      maxBounds: [
        [-85, -270],
        [85, 270],
      ],
    });
    map.attributionControl.setPrefix(false).addAttribution("Natural Earth");
    L.control.zoom({ position: "bottomright" }).addTo(map);
    L.control.scale({ imperial: false, position: "bottomright", maxWidth: 120 }).addTo(map);
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(container);
    this.basemap = new Basemap(map);
    this.stations = new StationLayer(map, (id) => handlers.selectStation(id));
    this.events = new EventLayer(
      map,
      () => handlers.nowMs(),
      (id) => handlers.selectEvent(id),
    );
    this.view = new MapView(map);
    this.map = map;
  }

  load(): Promise<void> {
    return this.basemap.load();
  }

  /** Whether a place lies in the right half of the view. */
  isRight(place: Place): boolean {
    const { x } = this.map.latLngToContainerPoint([place.latitude, place.longitude]);
    return x > this.map.getSize().x / 2;
  }

  countryAt(place: Place): string | undefined {
    return this.basemap.countryAt(place);
  }

  update(
    store: Store,
    shown: SeismicEvent | undefined,
    station: string | null,
    nowMs: number,
  ): void {
    this.stations.update(store, shown, station);
    this.events.update(store.eventList(), shown, nowMs);
  }
}
