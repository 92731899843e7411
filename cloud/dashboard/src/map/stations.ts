/** Stations on the map: a sign by condition, a name where there is room, PGA while it shakes. */

import L from "leaflet";
import { gal } from "../format.ts";
import type { Store } from "../store.ts";
import type { SeismicEvent, Station } from "../types.ts";
import { element } from "../dom.ts";
import { type Label, placeLabels, type Rectangle } from "./labels.ts";
import { CONDITION_WORDS, conditionSign } from "./symbols.ts";

const ICON_SIZE = 24;
const HEIGHT = 18;
/** Mean width of a character against the size of the font. */
const CHARACTER_SHARE = 0.6;
/** Room that an epicentre and its magnitude take, pixels from its middle. */
const CURRENT_EPICENTRE = { side: 22, below: 46 } as const;
const FURNITURE = ".map-button, .legend, .leaflet-control";
const OTHER_EPICENTRE = { side: 14, below: 28 } as const;

interface Shown {
  marker: L.Marker;
  label: HTMLElement;
  look: string;
  station: Station;
}

export class StationLayer {
  private readonly shown = new Map<string, Shown>();
  private readonly map: L.Map;
  private readonly select: (id: string) => void;
  private used: ReadonlySet<string> = new Set();
  private epicentres: { at: L.LatLngTuple; current: boolean }[] = [];

  constructor(map: L.Map, select: (id: string) => void) {
    this.map = map;
    this.select = select;
    map.on("moveend viewreset resize", () => this.placeLabels());
  }

  update(store: Store, event: SeismicEvent | undefined, selected: string | null): void {
    const counts = event !== undefined && event.status !== "retracted";
    this.used = new Set(counts ? event.stations : []);
    for (const [id, shown] of this.shown) {
      if (store.stations.has(id)) continue;
      shown.marker.remove();
      this.shown.delete(id);
    }
    let moved = this.keepClear(store, event);
    const peaks = store.peaks();
    for (const station of store.stations.values()) {
      if (station.latitude === null || station.longitude === null) continue;
      moved = this.show(station, peaks.get(station.id), station.id === selected) || moved;
    }
    if (moved) this.placeLabels();
  }

  /** Put one station's sign right; true where a label changed its size. */
  private show(station: Station, peak: number | undefined, selected: boolean): boolean {
    const shaking = station.condition === "triggering" && peak !== undefined;
    const motion = shaking ? `  ${gal(peak)}` : "";
    const look = [station.condition, motion, this.used.has(station.id), selected].join("|");
    const position: L.LatLngTuple = [station.latitude ?? 0, station.longitude ?? 0];
    let shown = this.shown.get(station.id);
    if (shown?.look === look) {
      shown.station = station;
      shown.marker.setLatLng(position);
      return false;
    }
    shown ??= this.create(station, position);
    shown.marker.setLatLng(position);
    this.dress(shown, station, motion, selected);
    shown.look = look;
    return true;
  }

  /** Note where no label may stand; true where that changed. */
  private keepClear(store: Store, current: SeismicEvent | undefined): boolean {
    const before = JSON.stringify(this.epicentres);
    this.epicentres = store.eventList().map((event) => ({
      at: [event.latitude, event.longitude],
      current: event.id === current?.id,
    }));
    return before !== JSON.stringify(this.epicentres);
  }

  private create(station: Station, position: L.LatLngTuple): Shown {
    const box = element("div");
    const icon = L.divIcon({ html: box, className: "station-marker", iconSize: [ICON_SIZE, ICON_SIZE] });
    const marker = L.marker(position, { icon, keyboard: true }).addTo(this.map);
    marker.on("click", () => this.select(station.id));
    marker.on("keypress", (pressed) => {
      if (pressed.originalEvent.key === "Enter") this.select(station.id);
    });
    const label = element("span", { class: "station-label" });
    box.append(element("span", { class: "station-sign" }), label);
    const shown: Shown = { marker, label, look: "", station };
    this.shown.set(station.id, shown);
    return shown;
  }

  private dress(shown: Shown, station: Station, motion: string, selected: boolean): void {
    const root = shown.marker.getElement();
    if (root === undefined) return;
    const sign = root.querySelector(".station-sign");
    if (sign !== null) sign.innerHTML = conditionSign(station.condition);
    shown.label.replaceChildren(station.id, element("span", {}, motion));
    shown.station = station;
    root.dataset["station"] = station.id;
    root.dataset["condition"] = station.condition;
    root.classList.toggle("used", this.used.has(station.id));
    root.classList.toggle("selected", selected);
    const reasons = station.reasons.length === 0 ? "" : `: ${station.reasons.join(", ")}`;
    const words = `Station ${station.id}${motion}, ${CONDITION_WORDS[station.condition]}${reasons}`;
    root.setAttribute("aria-label", words);
    root.setAttribute("title", words);
    shown.marker.setZIndexOffset(station.condition === "triggering" ? 500 : 0);
  }

  private placeLabels(): void {
    const urgent = (shown: Shown): number => (shown.station.condition === "triggering" ? 0 : 1);
    const order = [...this.shown.values()].sort((a, b) => urgent(a) - urgent(b));
    const first = order[0]?.label;
    if (first === undefined) return;
    const character = parseFloat(getComputedStyle(first).fontSize) * CHARACTER_SHARE;
    const labels: Label[] = order.map((shown) => {
      const point = this.map.latLngToContainerPoint(shown.marker.getLatLng());
      const full = (shown.label.textContent?.length ?? 0) * character;
      const size = { width: full, shortWidth: shown.station.id.length * character };
      return { x: point.x, y: point.y, height: HEIGHT, ...size };
    });
    placeLabels(labels, this.frame(), this.obstacles()).forEach(({ side, short }, index) => {
      const label = order[index]?.label;
      if (label === undefined) return;
      label.dataset["side"] = side;
      label.classList.toggle("short", short);
    });
  }

  private frame(): Rectangle {
    const { x, y } = this.map.getSize();
    return { left: 0, top: 0, right: x, bottom: y };
  }

  private obstacles(): Rectangle[] {
    const epicentres = this.epicentres.map(({ at, current }) => {
      const { x, y } = this.map.latLngToContainerPoint(at);
      const { side, below } = current ? CURRENT_EPICENTRE : OTHER_EPICENTRE;
      return { left: x - side, right: x + side, top: y - side, bottom: y + below };
    });
    return [...epicentres, ...this.furniture()];
  }

  /** Buttons, scale and legend, which lie over the map. */
  private furniture(): Rectangle[] {
    const container = this.map.getContainer();
    const { left, top } = container.getBoundingClientRect();
    const pieces = container.parentElement?.querySelectorAll(FURNITURE) ?? [];
    return [...pieces].map((piece) => {
      const box = piece.getBoundingClientRect();
      return {
        left: box.left - left,
        right: box.right - left,
        top: box.top - top,
        bottom: box.bottom - top,
      };
    });
  }
}
