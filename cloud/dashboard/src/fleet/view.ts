/** The fleet on one screen: alarms on top; a table of all stations, rollouts, enrolment. */

import { byId, element, reconcile, setText } from "../dom.ts";
import { EnrolmentView } from "../enrolment/view.ts";
import { counted } from "../format.ts";
import { Operator } from "../rollouts/operator.ts";
import { RolloutsView } from "../rollouts/view.ts";
import type { Store } from "../store.ts";
import type { Standing, Station } from "../types.ts";
import { listed, renderAlarms } from "./alarms.ts";
import { COLUMNS, matching, sorted } from "./columns.ts";
import { cellClass, Rows } from "./rows.ts";
import { tally } from "./standing.ts";
import { FleetTabs, tabOf } from "./tabs.ts";

const SORT_EVERY_MS = 2_000;

export class FleetView {
  private readonly root = byId("fleet");
  private readonly filter = byId<HTMLInputElement>("fleet-filter");
  private readonly heads = new Map<string, HTMLElement>();
  private readonly rows: Rows;
  private readonly tabs = new FleetTabs();
  private readonly operator = new Operator();
  private readonly rollouts: RolloutsView;
  private readonly enrolment = new EnrolmentView(byId("fleet-enrolment"));
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
    this.rollouts = new RolloutsView(byId("fleet-rollouts"), this.operator, (id) => this.show(id));
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
    renderAlarms(byId("alarms"), alarms, nowMs, {
      select: (id) => this.show(id),
      acknowledge: (id) => void this.operator.acknowledge(id),
      may: this.operator.name !== null,
    });
    this.rollouts.render(nowMs);
    this.enrolment.render(nowMs);
    if (this.tabs.chosen !== "stations") return;
    const stations = this.inOrder(store);
    this.rows.show(stations, selected, nowMs);
    byId("fleet-table").setAttribute("aria-rowcount", String(stations.length + 1));
    setText(byId("fleet-count"), `${stations.length} of ${store.stations.size}`);
    byId("fleet-empty").hidden = stations.length > 0;
  }

  /** Go to what an alarm or a rollout speaks of: a station, or a rollout. */
  private show(name: string): void {
    if (name.startsWith("rollout ")) {
      location.hash = "#rollouts";
      return;
    }
    location.hash = "#stations";
    this.select(name);
  }

  /** How many stations stand how to what they are to run; a press filters by it. */
  private renderTally(store: Store): void {
    const counts = tally(store.stations.values());
    const root = byId("fleet-tally");
    root.hidden = counts.length === 0;
    reconcile(
      root,
      counts,
      ([standing]) => standing,
      ([standing]) => this.createChip(standing),
      (node, [standing, count]) => {
        const button = node.firstElementChild;
        if (button === null) return;
        setText(button, `${count} ${standing}`);
        button.setAttribute("aria-pressed", String(this.filter.value === standing));
      },
    );
  }

  private createChip(standing: Standing): HTMLElement {
    const button = element("button", { type: "button", "data-standing": standing });
    button.addEventListener("click", () => {
      this.filter.value = this.filter.value === standing ? "" : standing;
      this.again();
    });
    return element("li", {}, button);
  }

  private turn(open: boolean): void {
    if (open === this.open) return;
    if (open) location.hash = "#stations";
    else history.replaceState(null, "", location.pathname + location.search);
    this.follow();
  }

  private follow(): void {
    const tab = tabOf(location.hash);
    const open = tab !== null;
    this.root.hidden = !open;
    if (tab !== null) this.tabs.choose(tab);
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
      this.renderTally(store);
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
