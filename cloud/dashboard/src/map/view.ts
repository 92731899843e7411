/** What the map looks at: the network first, a new event when it comes, the user's own wish. */

import L from "leaflet";
import type { Store } from "../store.ts";
import type { SeismicEvent } from "../types.ts";

const MAX_ZOOM = 9.5;
/** After this long without a hand on the map it may move by itself again. */
const HANDS_OFF_MS = 120_000;

export class MapView {
  private readonly map: L.Map;
  private fitted: string | null = null;
  private touchedMs = -Infinity;
  private moving = false;

  constructor(map: L.Map) {
    this.map = map;
    const touched = (): void => {
      this.touchedMs = performance.now();
    };
    map.on("movestart", () => {
      this.moving = true;
    });
    map.on("moveend", () => {
      this.moving = false;
    });
    map.getContainer().addEventListener("pointerdown", touched);
    map.getContainer().addEventListener("wheel", touched, { passive: true });
    map.getContainer().addEventListener("keydown", touched);
  }

  /**
   * Follow the data: each new event once more with every new set of stations, the network when
   * its stations change and nothing else is to be seen.
   */
  follow(store: Store, event: SeismicEvent | undefined): void {
    // Leaflet forgets a wish that comes while it zooms: the next drawing asks again.
    if (this.moving) return;
    const wish =
      event === undefined
        ? `network ${store.stations.size}`
        : `${event.id} ${event.stations.length} ${event.latitude} ${event.longitude}`;
    if (wish === this.fitted) return;
    const newEvent = event !== undefined && this.fitted?.startsWith(event.id) !== true;
    const handsOff = performance.now() - this.touchedMs > HANDS_OFF_MS;
    if (!newEvent && !handsOff) return;
    // A new event takes the map over, its revisions too, until a hand touches the map again.
    if (newEvent) this.touchedMs = -Infinity;
    if (event === undefined) this.fitNetwork(store);
    else this.fitEvent(store, event);
    if (store.stations.size > 0 || event !== undefined) this.fitted = wish;
  }

  fitNetwork(store: Store): void {
    const points: L.LatLngTuple[] = [];
    for (const { latitude, longitude } of store.stations.values()) {
      if (latitude !== null && longitude !== null) points.push([latitude, longitude]);
    }
    this.fit(points);
  }

  fitEvent(store: Store, event: SeismicEvent): void {
    const points: L.LatLngTuple[] = [[event.latitude, event.longitude]];
    for (const id of event.stations) {
      const station = store.stations.get(id);
      if (station !== undefined && station.latitude !== null && station.longitude !== null) {
        points.push([station.latitude, station.longitude]);
      }
    }
    this.fit(points);
  }

  private fit(points: L.LatLngTuple[]): void {
    if (points.length === 0) return;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const { x, y } = this.map.getSize();
    const side = Math.min(130, x * 0.13);
    this.map.fitBounds(L.latLngBounds(points), {
      maxZoom: MAX_ZOOM,
      animate: !still,
      paddingTopLeft: [side, Math.min(90, y * 0.12)],
      // Below stand the legend and the scale.
      paddingBottomRight: [side, Math.min(130, y * 0.22)],
    });
  }
}
