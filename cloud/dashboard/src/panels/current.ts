/** The event of the moment, to be read from across the room. */

import { element, reconcile, setText } from "../dom.ts";
import {
  clockDate,
  clockTime,
  coordinates,
  duration,
  kilometres,
  magnitude,
  shortSeconds,
} from "../format.ts";
import { magnitudeLines, seenBy, shakingLines } from "../size.ts";
import type { SeismicEvent } from "../types.ts";

/** An event stays in the foreground for this long, seconds of the data clock. */
export const FRESH_S = 15 * 60;

export interface CurrentView {
  event: SeismicEvent | undefined;
  /** In words: where the nearest station is, and in which country. */
  place: string;
  nowMs: number;
  chosen: boolean;
  waiting: string;
}

interface Fact {
  name: string;
  value: string;
  /** Shown to a pointer that rests on it. */
  more?: string;
}

export class CurrentPanel {
  private readonly root: HTMLElement;
  private readonly parts: Record<Part, HTMLElement>;
  private readonly facts = element("dl", { class: "facts" });

  constructor(root: HTMLElement, back: () => void) {
    this.root = root;
    this.parts = {
      status: element("span", { class: "chip" }),
      exercise: element("span", { class: "chip exercise" }, "Exercise"),
      age: element("span", { class: "age" }),
      back: element("button", { type: "button", class: "back" }, "Back to newest"),
      number: element("span", { class: "magnitude-number" }),
      kind: element("span", { class: "magnitude-kind" }),
      place: element("p", { class: "place" }),
      coordinates: element("p", { class: "coordinates" }),
      waiting: element("p", { class: "waiting" }),
    };
    this.parts.back.addEventListener("click", back);
    const { status, exercise, age, back: button, number, kind, place, waiting } = this.parts;
    root.append(
      element("div", { class: "current-head" }, status, exercise, age, button),
      element(
        "div",
        { class: "current-body" },
        element("div", { class: "magnitude" }, number, kind),
        element("div", { class: "where" }, place, this.parts.coordinates),
      ),
      this.facts,
      waiting,
    );
  }

  render(view: CurrentView): void {
    const { event } = view;
    this.root.dataset["state"] = event === undefined ? "none" : state(event, view.nowMs);
    this.parts.back.hidden = !view.chosen;
    setText(this.parts.waiting, event === undefined ? view.waiting : "");
    if (event === undefined) return;
    this.root.dataset["status"] = event.status;
    setText(this.parts.status, event.status);
    this.parts.exercise.hidden = !event.exercise;
    setText(this.parts.age, `${duration(ageSeconds(event, view.nowMs))} ago`);
    setText(this.parts.number, magnitude(event.magnitude));
    setText(this.parts.kind, magnitudeNote(event));
    this.parts.kind.title = magnitudeLines(event.magnitudes).join("\n");
    setText(this.parts.place, event.reason === null ? view.place : `Retracted: ${event.reason}`);
    setText(this.parts.coordinates, coordinates(event.latitude, event.longitude));
    reconcile(
      this.facts,
      facts(event, view.nowMs),
      (fact) => fact.name,
      (fact) => element("div", {}, element("dt", {}, fact.name), element("dd")),
      (node, fact) => {
        setText(node.querySelector("dd") ?? node, fact.value);
        node.title = fact.more ?? "";
      },
    );
  }
}

type Part =
  | "status"
  | "exercise"
  | "age"
  | "back"
  | "number"
  | "kind"
  | "place"
  | "coordinates"
  | "waiting";

function ageSeconds(event: SeismicEvent, nowMs: number): number {
  return (nowMs - Date.parse(event.origin_time)) / 1000;
}

function state(event: SeismicEvent, nowMs: number): string {
  if (event.status === "retracted") return "retracted";
  return ageSeconds(event, nowMs) <= FRESH_S ? "fresh" : "old";
}

function magnitudeNote(event: SeismicEvent): string {
  if (event.magnitude === null) return "magnitude awaited";
  const spread = event.magnitude_uncertainty;
  const kind = event.magnitude_type ?? "";
  return spread === null ? kind : `± ${spread.toFixed(1)} ${kind}`;
}

function facts(event: SeismicEvent, nowMs: number): Fact[] {
  const origin = Date.parse(event.origin_time);
  const today = clockDate(origin) === clockDate(nowMs);
  const first = (Date.parse(event.first_published) - origin) / 1000;
  return [
    { name: "Origin, UTC", value: `${today ? "" : `${clockDate(origin)} `}${clockTime(origin)}` },
    { name: "Depth", value: kilometres(event.depth_km) },
    { name: "Location", value: `± ${kilometres(event.horizontal_uncertainty_km)}` },
    {
      name: "Seen by",
      value: seenBy(event.stations.length, event.shaking),
      more: shakingLines(event.shaking).join("\n"),
    },
    { name: "First report", value: `${shortSeconds(first)} after origin` },
    { name: "Revision", value: String(event.revision) },
  ];
}
