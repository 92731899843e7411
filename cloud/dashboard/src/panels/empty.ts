/** What stands in a list before there is anything: what is awaited, not a blank. */

import { element } from "../dom.ts";

export function empty(root: HTMLElement, nothing: boolean, words: string): void {
  const present = root.querySelector<HTMLElement>(":scope > .empty");
  if (!nothing) {
    present?.remove();
    return;
  }
  if (present === null) root.prepend(element("p", { class: "empty" }, words));
}
