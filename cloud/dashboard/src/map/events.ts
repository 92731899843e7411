/** Events on the map: epicentre, uncertainty, and the wave fronts while they cross the network. */

import L from "leaflet";
import { frontRadiusKm } from "../geo.ts";
import { magnitude } from "../format.ts";
import type { SeismicEvent } from "../types.ts";
import { element } from "../dom.ts";
import { EPICENTRE_SIGN } from "./symbols.ts";

/** Fronts are drawn until S has left this radius, km. */
const FRONT_LIMIT_KM = 500;
const FRAME_MS = 66;
/** An older event fades over this time, ms of the data clock. */
const FADE_MS = 24 * 3600 * 1000;
const EPICENTRE_PX = 44;

interface Shown {
  epicentre: L.Marker;
  uncertainty: L.Circle;
  look: string;
}

export class EventLayer {
  private readonly shown = new Map<string, Shown>();
  private readonly fronts: { P: L.Circle; S: L.Circle };
  private readonly map: L.Map;
  private readonly select: (id: string) => void;
  private current: SeismicEvent | undefined;
  private lastFrameMs = 0;

  constructor(map: L.Map, nowMs: () => number | null, select: (id: string) => void) {
    this.map = map;
    this.select = select;
    const front = (phase: "P" | "S"): L.Circle =>
      L.circle([0, 0], { radius: 0, interactive: false, fill: false, className: `front ${phase}` });
    this.fronts = { P: front("P"), S: front("S") };
    const frame = (timeMs: number): void => {
      if (timeMs - this.lastFrameMs >= FRAME_MS) {
        this.lastFrameMs = timeMs;
        this.moveFronts(nowMs());
      }
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  update(events: readonly SeismicEvent[], current: SeismicEvent | undefined, nowMs: number): void {
    this.current = current?.status === "retracted" ? undefined : current;
    const present = new Set(events.map((event) => event.id));
    for (const [id, shown] of this.shown) {
      if (present.has(id)) continue;
      shown.epicentre.remove();
      shown.uncertainty.remove();
      this.shown.delete(id);
    }
    for (const event of events) this.show(event, event.id === current?.id, nowMs);
  }

  private show(event: SeismicEvent, current: boolean, nowMs: number): void {
    let shown = this.shown.get(event.id);
    const ageMs = nowMs - Date.parse(event.origin_time);
    const fade = current ? 1 : Math.max(0.25, 0.8 * (1 - ageMs / FADE_MS));
    const look = `${event.revision}|${current}|${fade.toFixed(2)}`;
    if (shown?.look === look) return;
    shown ??= this.create(event);
    const position: L.LatLngTuple = [event.latitude, event.longitude];
    shown.epicentre.setLatLng(position).setOpacity(fade);
    shown.epicentre.setZIndexOffset(current ? 1000 : -500);
    shown.uncertainty.setLatLng(position).setRadius(event.horizontal_uncertainty_km * 1000);
    shown.look = look;
    const root = shown.epicentre.getElement();
    if (root === undefined) return;
    root.dataset["event"] = event.id;
    root.dataset["status"] = event.status;
    root.classList.toggle("current", current);
    root.setAttribute("aria-label", `Event, magnitude ${magnitude(event.magnitude)}`);
    const label = root.querySelector(".epicentre-label");
    if (label !== null) label.textContent = `M${magnitude(event.magnitude)}`;
    const circle = shown.uncertainty.getElement();
    circle?.classList.toggle("current", current);
    circle?.classList.toggle("retracted", event.status === "retracted");
  }

  private create(event: SeismicEvent): Shown {
    const box = element("div");
    box.innerHTML = EPICENTRE_SIGN;
    box.append(element("span", { class: "epicentre-label" }));
    const icon = L.divIcon({
      html: box,
      className: "epicentre",
      iconSize: [EPICENTRE_PX, EPICENTRE_PX],
    });
    const position: L.LatLngTuple = [event.latitude, event.longitude];
    const uncertainty = L.circle(position, {
      radius: 0,
      interactive: false,
      className: "uncertainty",
    }).addTo(this.map);
    const epicentre = L.marker(position, { icon, keyboard: true }).addTo(this.map);
    epicentre.on("click", () => this.select(event.id));
    const shown: Shown = { epicentre, uncertainty, look: "" };
    this.shown.set(event.id, shown);
    return shown;
  }

  private moveFronts(nowMs: number | null): void {
    const event = this.current;
    const seconds =
      event === undefined || nowMs === null ? -1 : (nowMs - Date.parse(event.origin_time)) / 1000;
    for (const phase of ["P", "S"] as const) {
      const circle = this.fronts[phase];
      const km =
        event === undefined || seconds < 0 ? 0 : frontRadiusKm(phase, event.depth_km, seconds);
      if (event === undefined || km <= 0 || km > FRONT_LIMIT_KM) {
        if (this.map.hasLayer(circle)) circle.remove();
        continue;
      }
      circle.setLatLng([event.latitude, event.longitude]).setRadius(km * 1000);
      if (!this.map.hasLayer(circle)) circle.addTo(this.map);
    }
  }
}
