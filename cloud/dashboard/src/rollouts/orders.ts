/** The buttons for operators, and the way to become one; nobody else sees them. */

import { element, setText } from "../dom.ts";
import type { Rollout, RolloutState } from "../types.ts";
import type { Operator, Verb } from "./operator.ts";

const VERBS: readonly (readonly [Verb, string, readonly RolloutState[]])[] = [
  ["pause", "Pause", ["running"]],
  ["resume", "Resume", ["paused"]],
  ["abort", "Abort and take back", ["running", "paused"]],
];

export class Orders {
  private readonly operator: Operator;
  private readonly done: () => void;
  private readonly buttons = new Map<Verb, HTMLButtonElement>();
  private readonly reason = element("input", {
    type: "text",
    maxlength: 500,
    placeholder: "Why, for the audit",
    "aria-label": "Reason",
  });
  private readonly token = element("input", {
    type: "password",
    autocomplete: "off",
    placeholder: "Operator's token",
    "aria-label": "Operator's token",
  });
  /** Folded: a display on a wall has no use for it. */
  private readonly signOn = element(
    "details",
    {},
    element("summary", {}, "Operate"),
    element("form", {}, this.token, element("button", {}, "Sign on")),
  );
  private readonly leave = element("button", { type: "button" }, "Sign off");
  private readonly said = element("p", { class: "orders-said", role: "status" });
  private readonly root: HTMLElement;
  private rollout: Rollout | null = null;
  private sure: Verb | null = null;
  private busy = false;

  constructor(root: HTMLElement, operator: Operator, done: () => void) {
    this.root = root;
    this.operator = operator;
    this.done = done;
    for (const [verb, name] of VERBS) {
      const button = element("button", { type: "button", "data-verb": verb }, name);
      button.addEventListener("click", () => void this.give(verb));
      this.buttons.set(verb, button);
    }
    this.signOn.addEventListener("submit", (sent) => {
      sent.preventDefault();
      void this.enter();
    });
    this.leave.addEventListener("click", () => {
      this.operator.leave();
      this.render(this.rollout);
    });
    root.append(...this.buttons.values(), this.reason, this.leave, this.signOn, this.said);
  }

  render(rollout: Rollout | null): void {
    if (rollout?.id !== this.rollout?.id) this.forget();
    this.rollout = rollout;
    const may = this.operator.name !== null;
    this.root.hidden = rollout === null || (!rollout.live && !may);
    for (const [verb, name, states] of VERBS) {
      const button = this.buttons.get(verb);
      if (button === undefined) continue;
      button.hidden = !may || rollout === null || !states.includes(rollout.state);
      button.disabled = this.busy;
      setText(button, this.sure === verb ? "Abort: sure?" : name);
    }
    this.reason.hidden = !may || rollout === null || !rollout.live || rollout.state === "returning";
    this.leave.hidden = !may;
    this.leave.title = `Signed on as ${this.operator.name ?? ""}`;
    this.signOn.hidden = may;
  }

  private async enter(): Promise<void> {
    const known = await this.operator.enter(this.token.value);
    this.token.value = "";
    setText(this.said, known ? "" : "This token is no operator's.");
    this.render(this.rollout);
  }

  private async give(verb: Verb): Promise<void> {
    if (this.rollout === null) return;
    if (verb === "abort" && this.sure !== "abort") {
      this.sure = "abort";
      this.render(this.rollout);
      return;
    }
    this.busy = true;
    this.render(this.rollout);
    const refused = await this.operator.order(this.rollout.id, verb, this.reason.value);
    this.busy = false;
    this.forget();
    setText(this.said, refused ?? "");
    this.render(this.rollout);
    this.done();
  }

  private forget(): void {
    this.sure = null;
    this.reason.value = "";
    setText(this.said, "");
  }
}
