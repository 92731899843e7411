/** Tabs for small screens, where the three lists share one place; hidden on a large one. */

import { byId, element } from "../dom.ts";

const LISTS = [
  ["events", "Events"],
  ["triggers", "Triggers"],
  ["stations", "Stations"],
] as const;

export class Tabs {
  private readonly buttons: HTMLButtonElement[];

  constructor() {
    const root = byId("tabs");
    this.buttons = LISTS.map(([name, title]) => {
      const button = element("button", {
        type: "button",
        role: "tab",
        id: `tab-${name}`,
        "aria-controls": `panel-${name}`,
      });
      button.append(title);
      button.addEventListener("click", () => this.select(name));
      return button;
    });
    root.append(...this.buttons);
    root.addEventListener("keydown", (pressed) => this.step(pressed));
    this.select("triggers");
  }

  private select(wanted: string): void {
    LISTS.forEach(([name], index) => {
      const chosen = name === wanted;
      const button = this.buttons[index];
      button?.setAttribute("aria-selected", String(chosen));
      if (button !== undefined) button.tabIndex = chosen ? 0 : -1;
      byId(`panel-${name}`).classList.toggle("chosen", chosen);
    });
  }

  private step(pressed: KeyboardEvent): void {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[pressed.key];
    if (by === undefined) return;
    const at = this.buttons.findIndex((button) => button === document.activeElement);
    const next = this.buttons[(at + by + this.buttons.length) % this.buttons.length];
    next?.focus();
    next?.click();
  }
}
