/** The list of events, newest first. */

import { element, reconcile, setText } from "../dom.ts";
import { clockDate, clockTime, counted, kilometres, magnitude } from "../format.ts";
import type { SeismicEvent } from "../types.ts";
import { empty } from "./empty.ts";

export interface EventsView {
  events: readonly SeismicEvent[];
  shown: string | null;
  place(event: SeismicEvent): string;
  select(id: string): void;
}

const CELLS = ["magnitude", "place", "when", "note"] as const;

export function renderEvents(root: HTMLElement, view: EventsView): void {
  empty(root, view.events.length === 0, "No event so far. Events appear here as soon as enough stations agree on one origin.");
  reconcile(
    root,
    view.events,
    (event) => event.id,
    (event) => {
      const row = element("button", { type: "button", class: "row event-row" });
      row.append(...CELLS.map((name) => element("span", { class: `cell ${name}` })));
      row.addEventListener("click", () => view.select(event.id));
      return row;
    },
    (row, event) => {
      const origin = Date.parse(event.origin_time);
      row.dataset["event"] = event.id;
      row.dataset["status"] = event.status;
      row.setAttribute("aria-pressed", String(event.id === view.shown));
      const exercise = event.exercise ? "exercise · " : "";
      const texts = [
        magnitude(event.magnitude),
        view.place(event),
        `${clockDate(origin)} ${clockTime(origin)}`,
        `${exercise}${event.status} · ${counted(event.stations.length, "station")} · ` +
          `${kilometres(event.depth_km)} deep`,
      ];
      texts.forEach((text, index) => {
        const cell = row.children[index];
        if (cell !== undefined) setText(cell, text);
      });
    },
  );
}
