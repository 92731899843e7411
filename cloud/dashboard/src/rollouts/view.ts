/** Rollouts: the list, and one close up with its rings, its comparison and its audit. */

import { answer } from "../answer.ts";
import { element, reconcile, setText } from "../dom.ts";
import { minute, KIND_WORDS } from "../fleet/standing.ts";
import type { AuditLine, Rollout, RolloutLine, RolloutStation } from "../types.ts";
import type { Operator } from "./operator.ts";
import { Orders } from "./orders.ts";
import { renderRings } from "./rings.ts";
import { compared, stateWords, title } from "./words.ts";

const RENEW_MS = 10_000;
const LISTED = 30;
const TROUBLED = 100;
const AUDIT_STEP = 100;
const MOST_AUDIT = 5_000;

interface Shown {
  rollout: Rollout;
  troubled: RolloutStation[];
  audit: AuditLine[];
}

export class RolloutsView {
  private readonly root: HTMLElement;
  private readonly list = element("div", { class: "rollout-list panel", role: "list", "aria-label": "Rollouts" });
  private readonly none = element("p", { class: "empty" }, "No rollout yet.");
  private readonly close_up = element("article", { class: "rollout panel", "aria-label": "Rollout" });
  private readonly heading = element("h3");
  private readonly state = element("p", { class: "rollout-state" });
  private readonly orders: Orders;
  private readonly rings = element("ul", { class: "rings", "aria-label": "Rings" });
  private readonly compare = element("table", { class: "compare" });
  private readonly compareNone = element("p", { class: "empty" }, "Nothing to compare yet.");
  private readonly troubledHead = element("h4");
  private readonly troubled = element("ul", { class: "troubled" });
  private readonly audit = element("ol", { class: "audit", tabindex: 0, "aria-label": "Audit, newest first" });
  private readonly more = element("button", { type: "button", class: "all" }, "Older lines");
  private readonly operator: Operator;
  private readonly select: (station: string) => void;
  private chosen: string | null = null;
  private lines: RolloutLine[] = [];
  private shown: Shown | null = null;
  private auditLines = AUDIT_STEP;
  private fetchedMs = -Infinity;
  private asking = 0;
  private nowMs = Date.now();

  constructor(root: HTMLElement, operator: Operator, select: (station: string) => void) {
    this.root = root;
    this.operator = operator;
    this.select = select;
    const orders = element("div", { class: "orders", role: "group", "aria-label": "Orders" });
    this.orders = new Orders(orders, this.operator, () => void this.fetch());
    this.more.addEventListener("click", () => {
      this.auditLines = Math.min(MOST_AUDIT, this.auditLines + 5 * AUDIT_STEP);
      void this.fetch();
    });
    const head = element("thead", {}, row(["", "Before", "New"], "th"));
    this.compare.append(head, element("tbody"));
    const compare = [element("h4", {}, "Before and with it"), this.compare, this.compareNone];
    const figures = element("section", {}, ...compare, this.troubledHead, this.troubled);
    const audit = element("section", {}, element("h4", {}, "Audit"), this.audit, this.more);
    const below = element("div", { class: "rollout-below" }, figures, audit);
    this.close_up.append(this.heading, this.state, orders, this.rings, below);
    this.close_up.hidden = true;
    root.append(this.list, this.close_up);
  }

  /** Draw, and ask anew where the answers are old; called while the tab is open. */
  render(nowMs: number): void {
    if (this.root.hidden) return;
    if (performance.now() - this.fetchedMs > RENEW_MS && document.visibilityState === "visible")
      void this.fetch();
    this.nowMs = nowMs;
    this.tick();
  }

  private async fetch(): Promise<void> {
    const asked = ++this.asking;
    if (this.fetchedMs < 0) await this.operator.check();
    this.fetchedMs = performance.now();
    const lines = await answer<RolloutLine[]>(`/api/v1/rollouts?limit=${LISTED}`);
    if (lines === null || asked !== this.asking) return;
    this.lines = lines;
    const id = this.chosen ?? lines[0]?.id;
    const shown = id === undefined ? null : await this.fetchOne(id);
    if (asked !== this.asking) return;
    this.shown = shown ?? (lines.length === 0 ? null : this.shown);
    this.draw();
  }

  private async fetchOne(id: string): Promise<Shown | null> {
    const place = `/api/v1/rollouts/${encodeURIComponent(id)}`;
    const troubles = ["failed", "timed out"].map((status) =>
      answer<RolloutStation[]>(`${place}/stations?limit=${TROUBLED}&status=${encodeURIComponent(status)}`),
    );
    const [rollout, audit, ...troubled] = await Promise.all([
      answer<Rollout>(place),
      answer<AuditLine[]>(`${place}/audit?limit=${this.auditLines}`),
      ...troubles,
    ]);
    if (rollout === null) return null;
    return { rollout, audit: audit ?? [], troubled: troubled.flatMap((found) => found ?? []) };
  }

  private choose(id: string): void {
    this.chosen = id;
    this.auditLines = AUDIT_STEP;
    void this.fetch();
  }

  /** What changes with time alone. */
  private tick(): void {
    if (this.shown !== null) setText(this.state, stateWords(this.shown.rollout, this.nowMs));
  }

  private draw(): void {
    const { shown } = this;
    if (this.lines.length === 0) this.list.replaceChildren(this.none);
    else this.none.remove();
    reconcile(
      this.list,
      this.lines,
      (line) => line.id,
      (line) => this.createLine(line),
      (node, line) => updateLine(node, line, line.id === shown?.rollout.id),
    );
    this.close_up.hidden = shown === null;
    if (shown === null) return;
    const { rollout } = shown;
    setText(this.heading, `${KIND_WORDS[rollout.kind]} ${title(rollout)}`);
    this.state.dataset["state"] = rollout.state;
    this.tick();
    this.orders.render(rollout);
    renderRings(this.rings, rollout.rings);
    this.drawComparison(rollout);
    this.drawTroubled(shown.troubled);
    this.drawAudit(shown.audit);
  }

  private createLine(line: RolloutLine): HTMLElement {
    const button = element(
      "button",
      { type: "button", class: "rollout-line" },
      element("b"),
      element("span", { class: "rollout-badge" }),
      element("small"),
    );
    button.addEventListener("click", () => this.choose(line.id));
    return element("div", { role: "listitem" }, button);
  }

  private drawComparison(rollout: Rollout): void {
    const rows = compared(rollout.comparison);
    this.compare.hidden = rows.length === 0;
    this.compareNone.hidden = rows.length > 0;
    const body = this.compare.tBodies[0];
    if (body === undefined) return;
    reconcile(
      body,
      rows,
      ({ name }) => name,
      () => row(["", "", ""], "td"),
      (node, { name, before, after }) =>
        [name, before, after].forEach((text, place) => {
          const cell = node.children[place];
          if (cell !== undefined) setText(cell, text);
        }),
    );
  }

  private drawTroubled(troubled: readonly RolloutStation[]): void {
    this.troubledHead.hidden = troubled.length === 0;
    setText(this.troubledHead, troubled.length < TROUBLED ? "Failed or timed out" : "Failed or timed out, the first of them");
    reconcile(
      this.troubled,
      troubled,
      (one) => one.station,
      (one) => {
        const button = element("button", { type: "button" }, element("b", {}, one.station), element("span"));
        button.addEventListener("click", () => this.select(one.station));
        return element("li", {}, button);
      },
      (node, one) => {
        const text = node.firstElementChild?.lastElementChild;
        if (text) setText(text, `${one.status}${one.detail === "" ? "" : `: ${one.detail}`}`);
      },
    );
  }

  private drawAudit(audit: readonly AuditLine[]): void {
    this.more.hidden = audit.length < this.auditLines;
    const seen = new Map<string, number>();
    const keyed = audit.map((line) => {
      const key = JSON.stringify(line);
      const again = seen.get(key) ?? 0;
      seen.set(key, again + 1);
      return { key: `${key} ${again}`, line };
    });
    reconcile(
      this.audit,
      keyed.reverse(),
      ({ key }) => key,
      ({ line }) => {
        const where = [line.ring, line.detail].filter((part) => part !== null && part !== "").join(" · ");
        const time = element("time", { datetime: line.time }, minute(line.time));
        return element("li", {}, time, element("b", {}, line.by), `${line.action} ${where}`);
      },
      () => undefined,
    );
  }
}

function updateLine(node: HTMLElement, line: RolloutLine, selected: boolean): void {
  const button = node.firstElementChild;
  const [name, badge, note] = [...(button?.children ?? [])] as HTMLElement[];
  if (button === null || name === undefined || badge === undefined || note === undefined) return;
  button.setAttribute("aria-pressed", String(selected));
  setText(name, `${KIND_WORDS[line.kind]} ${title(line)}`);
  setText(badge, line.state);
  badge.dataset["state"] = line.state;
  setText(note, `${minute(line.started)} by ${line.by}${line.live && line.ring !== null ? `, ring ${line.ring}` : ""}`);
}

function row(texts: readonly string[], tag: "th" | "td"): HTMLTableRowElement {
  return element("tr", {}, ...texts.map((text) => element(tag, {}, text)));
}
