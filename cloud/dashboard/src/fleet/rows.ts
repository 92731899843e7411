/**
 * A long table of which only what is in sight exists: rows are elements that are used again while
 * the hand scrolls, so that a thousand stations cost as much as thirty.
 */

import { element, setText } from "../dom.ts";
import { conditionSign } from "../map/symbols.ts";
import type { Station } from "../types.ts";
import { COLUMNS } from "./columns.ts";

const ROW_PX = 34;
const BEYOND = 6;

export class Rows {
  private readonly scroll: HTMLElement;
  private readonly body: HTMLElement;
  private readonly pool: HTMLElement[] = [];
  private readonly select: (id: string) => void;
  private stations: readonly Station[] = [];
  private selected: string | null = null;
  private nowMs = 0;

  constructor(scroll: HTMLElement, select: (id: string) => void) {
    this.scroll = scroll;
    this.select = select;
    this.body = element("div", { class: "fleet-rows", role: "rowgroup" });
    scroll.append(this.body);
    scroll.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(scroll);
    this.body.addEventListener("click", (clicked) => this.choose(clicked.target));
    this.body.addEventListener("keydown", (pressed) => this.step(pressed));
  }

  show(stations: readonly Station[], selected: string | null, nowMs: number): void {
    this.stations = stations;
    this.selected = selected;
    this.nowMs = nowMs;
    this.body.style.height = `${stations.length * ROW_PX}px`;
    this.draw();
  }

  private draw(): void {
    const height = this.scroll.clientHeight;
    if (height === 0) return;
    const first = Math.max(0, Math.floor(this.scroll.scrollTop / ROW_PX) - BEYOND);
    const room = Math.ceil(height / ROW_PX) + 2 * BEYOND;
    const shown = this.stations.slice(first, first + room);
    while (this.pool.length < shown.length) this.pool.push(this.create());
    this.pool.forEach((row, place) => {
      // A row belongs to every so many-th station, so that scrolling by one changes one row.
      const index = first + ((place - (first % this.pool.length) + this.pool.length) % this.pool.length);
      const station = index < first + room ? this.stations[index] : undefined;
      row.hidden = station === undefined;
      if (station !== undefined) this.fill(row, station, index);
    });
  }

  private create(): HTMLElement {
    const name = element("button", { type: "button", class: "station-name" });
    const cells = COLUMNS.map((column) =>
      element("span", { role: "cell", class: cellClass(column.key, column.always === true) }),
    );
    cells[0]?.append(name);
    const row = element("div", { class: "fleet-row", role: "row" }, ...cells);
    this.body.append(row);
    return row;
  }

  private fill(row: HTMLElement, station: Station, index: number): void {
    row.style.transform = `translateY(${index * ROW_PX}px)`;
    row.dataset["station"] = station.id;
    row.dataset["condition"] = station.condition;
    row.setAttribute("aria-rowindex", String(index + 2));
    row.classList.toggle("selected", station.id === this.selected);
    COLUMNS.forEach((column, place) => {
      const cell = row.children[place];
      if (!(cell instanceof HTMLElement)) return;
      const text = column.text(station, this.nowMs);
      if (place > 0) {
        setText(cell, text);
        if (column.key === "reasons") cell.title = text;
        return;
      }
      const look = `${station.condition} ${text}`;
      const button = cell.firstElementChild;
      if (button === null || cell.dataset["look"] === look) return;
      cell.dataset["look"] = look;
      button.innerHTML = conditionSign(station.condition);
      button.append(text);
    });
  }

  private choose(target: EventTarget | null): void {
    const row = target instanceof Element ? target.closest<HTMLElement>(".fleet-row") : null;
    const id = row?.dataset["station"];
    if (id !== undefined) this.select(id);
  }

  private step(pressed: KeyboardEvent): void {
    const by = { ArrowDown: 1, ArrowUp: -1 }[pressed.key];
    const row = document.activeElement?.closest<HTMLElement>(".fleet-row");
    if (by === undefined || row === null || row === undefined) return;
    pressed.preventDefault();
    const at = this.stations.findIndex((station) => station.id === row.dataset["station"]) + by;
    const next = this.stations[at];
    if (next === undefined) return;
    const top = at * ROW_PX;
    if (top < this.scroll.scrollTop + ROW_PX) this.scroll.scrollTop = Math.max(0, top - ROW_PX);
    const bottom = this.scroll.scrollTop + this.scroll.clientHeight - 2 * ROW_PX;
    if (top > bottom) this.scroll.scrollTop += top - bottom;
    this.draw();
    const found = this.pool.find((one) => !one.hidden && one.dataset["station"] === next.id);
    found?.querySelector("button")?.focus({ preventScroll: true });
  }
}

export function cellClass(key: string, always: boolean): string {
  return `fleet-cell fleet-${key}${always ? "" : " wide-only"}`;
}
