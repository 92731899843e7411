/** The page: puts stream, store, map and panels together. */

import "./styles/index.css";
import { DataClock } from "./clock.ts";
import { byId, element, setText } from "./dom.ts";
import { kilometres, magnitude } from "./format.ts";
import { nearest, type Place } from "./geo.ts";
import { FleetView } from "./fleet/view.ts";
import { NetworkMap } from "./map/index.ts";
import { CONDITION_WORDS, conditionSign } from "./map/symbols.ts";
import { renderBanner, renderClock, renderLink, renderSummary } from "./panels/bar.ts";
import { ActivityChart } from "./panels/charts.ts";
import { CurrentPanel, FRESH_S } from "./panels/current.ts";
import { DetailPanel } from "./panels/detail.ts";
import { renderEvents } from "./panels/events.ts";
import { renderStations } from "./panels/stations.ts";
import { Tabs } from "./panels/tabs.ts";
import { renderTriggers } from "./panels/triggers.ts";
import { reloadIfRenewed } from "./renewal.ts";
import { Store } from "./store.ts";
import { Stream } from "./stream.ts";
import type { Condition, SeismicEvent, Station } from "./types.ts";

const CONDITIONS: readonly Condition[] = ["quiet", "triggering", "degraded", "offline"];

class Page {
  private readonly store = new Store();
  private readonly clock = new DataClock();
  private chosenEvent: string | null = null;
  private chosenStation: string | null = null;
  private announced = "";
  private instance: string | null = null;
  private drawing = false;
  private readonly map = new NetworkMap(byId("map"), {
    selectStation: (id) => this.selectStation(id),
    selectEvent: (id) => this.selectEvent(id),
    nowMs: () => this.clock.nowMs(),
  });
  private readonly current = new CurrentPanel(byId("current"), () => this.selectEvent(null));
  private readonly detail = new DetailPanel(byId("detail"), () => this.selectStation(null));
  private readonly activity = new ActivityChart(byId("activity"));
  private readonly fleet = new FleetView(
    (id) => this.selectStation(id),
    () => this.soon(),
  );

  start(): void {
    new Tabs();
    legend();
    byId("fit").addEventListener("click", () => this.map.view.fitNetwork(this.store));
    document.addEventListener("keydown", (pressed) => {
      if (pressed.key === "Escape") this.selectStation(null);
    });
    this.render();
    setInterval(() => this.render(), 1000);
    setInterval(() => renderClock(this.clock.nowMs()), 200);
    new Stream("/api/v1/stream", {
      picture: (picture) => {
        this.clock.set(picture.now, picture.speed);
        this.renew(picture.instance);
        this.store.apply(picture);
        this.soon();
      },
      clock: ({ now, speed }) => this.clock.set(now, speed),
      link: renderLink,
    }).start();
    this.map.load().then(
      () => this.render(),
      (problem: unknown) => console.error("the base map is missing", problem),
    );
  }

  /** After a restart of the aggregator, see whether it brought a new version of this page. */
  private renew(instance: string): void {
    const before = this.instance;
    this.instance = instance;
    if (before !== null && before !== instance) void reloadIfRenewed();
  }

  /** Draw once for all that comes before the next frame. */
  private soon(): void {
    if (this.drawing) return;
    this.drawing = true;
    setTimeout(() => {
      this.drawing = false;
      this.render();
    }, 50);
  }

  private selectStation(id: string | null): void {
    this.chosenStation = id === this.chosenStation ? null : id;
    this.render();
  }

  private selectEvent(id: string | null): void {
    this.chosenEvent = id === this.store.newestEvent()?.id ? null : id;
    const event = this.store.events.get(id ?? "") ?? this.store.newestEvent();
    if (event !== undefined) this.map.view.fitEvent(this.store, event);
    this.render();
  }

  private render(): void {
    const { store } = this;
    const nowMs = this.clock.nowMs() ?? Date.now();
    const newest = store.newestEvent();
    const chosen = store.events.get(this.chosenEvent ?? "");
    const shown = chosen ?? newest;
    const fresh = newest !== undefined && age(newest, nowMs) <= FRESH_S ? newest : undefined;
    this.current.render({
      event: shown,
      place: shown === undefined ? "" : this.place(shown),
      nowMs,
      chosen: chosen !== undefined,
      waiting: waiting(store),
    });
    this.fleet.render(store, this.chosenStation, nowMs);
    renderSummary(store);
    renderBanner(store, this.clock.speed);
    const station = store.stations.get(this.chosenStation ?? "");
    this.detail.render(station, nowMs, station !== undefined && this.covers(station));
    this.announce(fresh);
    // What lies behind the fleet nobody sees; thousands of markers are not moved for that.
    if (this.fleet.open) return;
    this.lists(shown, nowMs);
    this.map.update(store, shown, this.chosenStation, nowMs);
    if (chosen === undefined) this.map.view.follow(store, fresh);
  }

  /** The detail panel opens on the side where it does not cover its station. */
  private covers({ latitude, longitude }: Station): boolean {
    return latitude !== null && longitude !== null && this.map.isRight({ latitude, longitude });
  }

  private lists(shown: SeismicEvent | undefined, nowMs: number): void {
    const { store } = this;
    renderEvents(byId("events"), {
      events: store.eventList(),
      shown: shown?.id ?? null,
      place: (event) => this.place(event),
      select: (id) => this.selectEvent(id),
    });
    const select = (id: string): void => this.selectStation(id);
    const used = new Set(shown?.arrivals.map((arrival) => arrival.trigger));
    renderTriggers(byId("triggers"), { triggers: store.triggerList(), used, select });
    const stations = store.stationList();
    renderStations(byId("stations"), { stations, selected: this.chosenStation, nowMs, select });
    this.activity.render(store.activity, nowMs);
    setText(byId("count-events"), String(store.events.size));
    setText(byId("count-triggers"), String(store.triggers.size));
    setText(byId("count-stations"), String(store.stations.size));
  }

  /** The nearest station and the country: what an offline page can know of a place. */
  private place(place: Place): string {
    const stations = [...this.store.stations.values()].flatMap(({ id, latitude, longitude }) =>
      latitude === null || longitude === null ? [] : [{ id, latitude, longitude }],
    );
    const near = nearest(place, stations);
    const country = this.map.countryAt(place) ?? "offshore";
    if (near === undefined) return country;
    return `${kilometres(near.km)} ${near.wind} of ${near.id}, ${country}`;
  }

  private announce(event: SeismicEvent | undefined): void {
    const title =
      event === undefined
        ? "tremorkit"
        : `M${magnitude(event.magnitude)} ${this.place(event)} · tremorkit`;
    if (document.title !== title) document.title = title;
    const key = event === undefined ? "" : `${event.id} ${event.status}`;
    if (key === this.announced) return;
    this.announced = key;
    if (event === undefined) return;
    const words = `Earthquake, magnitude ${magnitude(event.magnitude)}, ${this.place(event)}`;
    setText(byId("announcer"), `${words}, ${event.status}`);
  }
}

function age(event: SeismicEvent, nowMs: number): number {
  return (nowMs - Date.parse(event.origin_time)) / 1000;
}

function waiting(store: Store): string {
  if (!store.filled) return "Waiting for the aggregator.";
  if (store.stations.size === 0) return "Waiting for the first station.";
  return "No earthquake. Listening.";
}

function legend(): void {
  for (const condition of CONDITIONS) {
    const entry = element("li");
    entry.innerHTML = conditionSign(condition);
    entry.append(CONDITION_WORDS[condition]);
    byId("legend").append(entry);
  }
  for (const phase of ["P", "S"]) {
    const entry = element("li", { class: phase }, element("i"), element("span", {}, `${phase} wave`));
    byId("legend").append(entry);
  }
}

new Page().start();
