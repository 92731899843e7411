/** All stations on one screen: alarms on top, a filter, and a table that sorts by any column. */

import { byId, element, setText } from "../dom.ts";
import { counted } from "../format.ts";
import type { Store } from "../store.ts";
import type { Station } from "../types.ts";
import { listed, renderAlarms } from "./alarms.ts";
import { COLUMNS, matching, sorted } from "./columns.ts";
import { cellClass, Rows } from "./rows.ts";

const HASH = "#stations";
const SORT_EVERY_MS = 2_000;

export class FleetView {
  private readonly root = byId("fleet");
  private readonly filter = byId<HTMLInputElement>("fleet-filter");
  private readonly heads = new Map<string, HTMLElement>();
  private readonly rows: Rows;
  private readonly select: (id: string) => void;
  private readonly changed: () => void;
  private order: string[] = [];
  private sortedMs = -Infinity;
  private known = 0;
  private key = "condition";
  private descending = false;

  constructor(select: (id: string) => void, changed: () => void) {
    this.select = select;
    this.changed = changed;
    const scroll = byId("fleet-scroll");
    scroll.prepend(this.head());
    this.rows = new Rows(scroll, select);
    this.filter.addEventListener("input", () => this.again());
    byId("open-fleet").addEventListener("click", () => this.turn(!this.open));
    byId("all-stations").addEventListener("click", () => this.turn(true));
    byId("close-fleet").addEventListener("click", () => this.turn(false));
    window.addEventListener("hashchange", () => this.follow());
    this.follow();
  }

  get open(): boolean {
    return !this.root.hidden;
  }

  render(store: Store, selected: string | null, nowMs: number): void {
    const alarms = listed(store.alarms.values(), nowMs);
    const going = alarms.filter((alarm) => alarm.ended === null).length;
    const badge = byId("alarm-count");
    badge.hidden = going === 0;
    setText(badge, String(going));
    badge.title = counted(going, "alarm");
    if (!this.open) return;
    renderAlarms(byId("alarms"), alarms, nowMs, this.select);
    const stations = this.inOrder(store);
    this.rows.show(stations, selected, nowMs);
    byId("fleet-table").setAttribute("aria-rowcount", String(stations.length + 1));
    setText(byId("fleet-count"), `${stations.length} of ${store.stations.size}`);
    byId("fleet-empty").hidden = stations.length > 0;
  }

  private turn(open: boolean): void {
    if (open === this.open) return;
    if (open) location.hash = HASH;
    else history.replaceState(null, "", location.pathname + location.search);
    this.follow();
  }

  private follow(): void {
    const open = location.hash === HASH;
    this.root.hidden = !open;
    byId("open-fleet").setAttribute("aria-pressed", String(open));
    // The close-up of a station goes with the view; on the map it lies over it.
    (open ? byId("fleet-body") : byId("map-area")).append(byId("detail"));
    this.again();
  }

  /** Sort now and then, not with every message: rows that dance cannot be clicked. */
  private inOrder(store: Store): Station[] {
    const now = performance.now();
    const fresh = now - this.sortedMs <= SORT_EVERY_MS && this.known === store.stations.size;
    if (!fresh) {
      this.sortedMs = now;
      this.known = store.stations.size;
      const found = matching([...store.stations.values()], this.filter.value);
      this.order = sorted(found, this.key, this.descending).map((station) => station.id);
    }
    return this.order.flatMap((id) => store.stations.get(id) ?? []);
  }

  private again(): void {
    this.sortedMs = -Infinity;
    this.changed();
  }

  private head(): HTMLElement {
    const cells = COLUMNS.map((column) => {
      const button = element("button", { type: "button", title: column.title }, column.name);
      button.addEventListener("click", () => this.sortBy(column.key));
      const cell = element(
        "span",
        { role: "columnheader", class: cellClass(column.key, column.always === true) },
        button,
      );
      this.heads.set(column.key, cell);
      return cell;
    });
    this.mark();
    return element("div", { class: "fleet-head", role: "row" }, ...cells);
  }

  private sortBy(key: string): void {
    this.descending = key === this.key && !this.descending;
    this.key = key;
    this.mark();
    this.again();
  }

  private mark(): void {
    for (const [key, cell] of this.heads) {
      const way = this.descending ? "descending" : "ascending";
      cell.setAttribute("aria-sort", key === this.key ? way : "none");
    }
  }
}
