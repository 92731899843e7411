/**
 * The live stream: comes back by itself, and says when what is shown may be old.
 *
 * The browser's own EventSource gives up for ever on some answers (a proxy's 502, for example)
 * and does not notice a connection that died without a word; so a watchdog opens it anew.
 */

import type { ClockMessage, Picture } from "./types.ts";

export type Link = "connecting" | "live" | "stale" | "lost";

const STALE_MS = 10_000;
const REOPEN_MS = 2_000;
const DEAD_MS = 20_000;

export interface StreamHandlers {
  picture(picture: Picture): void;
  clock(clock: ClockMessage): void;
  link(link: Link, silentSeconds: number): void;
}

export class Stream {
  private source: EventSource | null = null;
  private lastId = "";
  private heardMs = performance.now();
  private openedMs = 0;
  private failed = false;
  private readonly url: string;
  private readonly handlers: StreamHandlers;

  constructor(url: string, handlers: StreamHandlers) {
    this.url = url;
    this.handlers = handlers;
  }

  start(): void {
    this.open();
    setInterval(() => this.watch(), 1000);
    window.addEventListener("online", () => this.open());
    window.addEventListener("pagehide", () => this.source?.close());
    window.addEventListener("pageshow", (shown) => {
      if (shown.persisted) this.open();
    });
  }

  private open(): void {
    this.source?.close();
    this.openedMs = performance.now();
    const since = this.lastId === "" ? "" : `?since=${encodeURIComponent(this.lastId)}`;
    const source = new EventSource(this.url + since);
    source.addEventListener("open", () => this.heard());
    source.addEventListener("error", () => {
      this.failed = true;
      this.report();
    });
    source.addEventListener("picture", (message: MessageEvent<string>) => {
      this.lastId = message.lastEventId;
      this.heard();
      this.handlers.picture(JSON.parse(message.data) as Picture);
    });
    source.addEventListener("clock", (message: MessageEvent<string>) => {
      this.heard();
      this.handlers.clock(JSON.parse(message.data) as ClockMessage);
    });
    this.source = source;
  }

  private heard(): void {
    this.heardMs = performance.now();
    this.failed = false;
    this.report();
  }

  private watch(): void {
    const now = performance.now();
    const closed = this.source?.readyState === EventSource.CLOSED;
    const dead = now - Math.max(this.heardMs, this.openedMs) > DEAD_MS;
    if ((closed && now - this.openedMs > REOPEN_MS) || dead) this.open();
    this.report();
  }

  private report(): void {
    const silentMs = performance.now() - this.heardMs;
    const seconds = Math.round(silentMs / 1000);
    if (this.failed) this.handlers.link(this.lastId === "" ? "connecting" : "lost", seconds);
    else if (this.lastId === "") this.handlers.link("connecting", seconds);
    else this.handlers.link(silentMs > STALE_MS ? "stale" : "live", seconds);
  }
}
