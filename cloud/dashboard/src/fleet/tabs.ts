/** The tabs of the fleet: stations, rollouts, enrolment; each has its address. */

import { byId, element } from "../dom.ts";

const TABS = [
  ["stations", "Stations"],
  ["rollouts", "Rollouts"],
  ["enrolment", "Enrolment"],
] as const;

export type Tab = (typeof TABS)[number][0];

/** The tab of an address such as `#rollouts`; null: none of them. */
export function tabOf(hash: string): Tab | null {
  return TABS.find(([name]) => `#${name}` === hash)?.[0] ?? null;
}

export class FleetTabs {
  chosen: Tab = "stations";
  private readonly buttons: HTMLButtonElement[];

  constructor() {
    const root = byId("fleet-tabs");
    this.buttons = TABS.map(([name, title]) => {
      const button = element(
        "button",
        { type: "button", role: "tab", id: `fleet-tab-${name}`, "aria-controls": `fleet-${name}` },
        title,
      );
      button.addEventListener("click", () => {
        location.hash = `#${name}`;
      });
      return button;
    });
    root.append(...this.buttons);
    root.addEventListener("keydown", (pressed) => this.step(pressed));
  }

  choose(wanted: Tab): void {
    this.chosen = wanted;
    TABS.forEach(([name], place) => {
      const chosen = name === wanted;
      const button = this.buttons[place];
      button?.setAttribute("aria-selected", String(chosen));
      if (button !== undefined) button.tabIndex = chosen ? 0 : -1;
      byId(`fleet-${name}`).hidden = !chosen;
    });
    for (const tool of document.querySelectorAll<HTMLElement>("[data-tool=stations]"))
      tool.hidden = wanted !== "stations";
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
