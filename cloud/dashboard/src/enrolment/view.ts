/** Who waits with a token, whose certificate ends when, who is shut out. */

import { answer } from "../answer.ts";
import { element, reconcile, setText } from "../dom.ts";
import type { Enrolment } from "../types.ts";
import { inNeed, MOST, name, summary, untilWords } from "./words.ts";

const RENEW_MS = 60_000;
export class EnrolmentView {
  private readonly root: HTMLElement;
  private readonly list = element("ul", { class: "enrolments panel", "aria-label": "Enrolment" });
  private readonly note = element("p", { class: "empty" });
  private enrolments: Enrolment[] = [];
  private fetchedMs = -Infinity;
  private nowMs = 0;

  constructor(root: HTMLElement) {
    this.root = root;
    const column = element("div", { class: "enrolment-column" }, this.note, this.list);
    root.append(column);
  }

  render(nowMs: number): void {
    if (this.root.hidden) return;
    this.nowMs = nowMs;
    if (performance.now() - this.fetchedMs > RENEW_MS) void this.fetch();
    this.list.hidden = this.enrolments.length === 0;
    setText(this.note, summary(this.enrolments));
    reconcile(
      this.list,
      this.enrolments.slice(0, MOST),
      name,
      (one) => element("li", {}, element("b", {}, name(one)), element("span"), element("span")),
      (node, one) => {
        const [, standing, until] = [...node.children];
        node.dataset["standing"] = one.standing;
        if (standing !== undefined) setText(standing, one.standing);
        if (until !== undefined) setText(until, untilWords(one, nowMs));
      },
    );
  }

  private async fetch(): Promise<void> {
    this.fetchedMs = performance.now();
    const found = await answer<Enrolment[]>("/api/v1/enrolments");
    if (found === null) return;
    this.enrolments = inNeed(found);
    this.render(this.nowMs);
  }
}
