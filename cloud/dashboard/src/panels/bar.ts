/** The bar at the top: clock, connection, the network in one line, and what is not real. */

import { byId, setText } from "../dom.ts";
import { clockDate, clockTime, counted } from "../format.ts";
import type { Store } from "../store.ts";
import type { Link } from "../stream.ts";
import type { Mode } from "../types.ts";

const BANNERS: Record<Exclude<Mode, "live">, string> = {
  replay: "Replay of recorded data: nothing of this is happening now",
  demo: "Demonstration: nothing of this is happening now",
  exercise: "Exercise: nothing of this is happening now",
};

export function renderClock(nowMs: number | null): void {
  if (nowMs === null) return;
  setText(byId("clock-date"), clockDate(nowMs));
  setText(byId("clock-time"), clockTime(nowMs));
}

export function renderLink(link: Link, silentSeconds: number): void {
  byId("link").dataset["link"] = link;
  document.body.dataset["link"] = link;
  const words: Record<Link, string> = {
    connecting: "Connecting",
    live: "Connected",
    stale: `No news for ${silentSeconds} s`,
    lost: silentSeconds < 5 ? "Reconnecting" : `Connection lost for ${silentSeconds} s, retrying`,
  };
  setText(byId("link-text"), words[link]);
}

export function renderSummary(store: Store): void {
  const stations = [...store.stations.values()];
  const online = stations.filter((station) => station.condition !== "offline").length;
  const triggering = stations.filter((station) => station.condition === "triggering").length;
  const parts = [counted(stations.length, "station"), `${online} online`];
  if (triggering > 0) parts.push(`${triggering} triggering`);
  setText(byId("summary"), stations.length === 0 ? "" : parts.join(" · "));
}

export function renderBanner(store: Store, speed: number): void {
  const banner = byId("banner");
  const exercise = store.eventList().some((event) => event.exercise);
  const mode = store.mode === "live" && exercise ? "exercise" : store.mode;
  banner.hidden = mode === "live";
  if (mode === "live") return;
  banner.dataset["mode"] = mode;
  const pace = speed === 1 ? "" : ` · ${speed} times real time`;
  const note = store.note === null ? "" : ` · ${store.note}`;
  setText(banner, BANNERS[mode] + note + pace);
}
