/** A bar for each ring: how many of its stations stand how, and what is asked of them. */

import { element, reconcile, setText } from "../dom.ts";
import { counted } from "../format.ts";
import type { Ring } from "../types.ts";
import { asked, segments } from "./words.ts";

export function renderRings(root: HTMLElement, rings: readonly Ring[]): void {
  reconcile(root, rings, (ring) => ring.plan.name, create, update);
}

function create(ring: Ring): HTMLElement {
  const head = element("div", { class: "ring-head" }, element("b", {}, ring.plan.name), element("span"));
  const bar = element("div", { class: "ring-bar", role: "img" });
  return element("li", { class: "ring" }, head, bar, element("ul", { class: "ring-counts" }), element("p"));
}

function update(node: HTMLElement, ring: Ring): void {
  const parts = segments(ring);
  const [head, bar, counts, plan] = [...node.children] as HTMLElement[];
  if (head === undefined || bar === undefined || counts === undefined || plan === undefined) return;
  node.classList.toggle("current", ring.current);
  const gone = ring.counts["gone"] ?? 0;
  const stations = counted(ring.stations - gone, "station");
  setText(head.children[1] ?? head, ring.begun ? stations : `${stations}, not begun`);
  bar.setAttribute("aria-label", parts.map(([status, count]) => `${count} ${status}`).join(", "));
  reconcile(
    bar,
    parts,
    ([status]) => status,
    ([status]) => element("i", { "data-status": status }),
    (segment, [status, count]) => {
      segment.style.flexGrow = String(count);
      segment.title = `${count} ${status}`;
    },
  );
  reconcile(
    counts,
    parts,
    ([status]) => status,
    ([status]) => element("li", { "data-status": status }, element("i"), element("span")),
    (line, [status, count]) => setText(line.lastElementChild ?? line, `${count} ${status}`),
  );
  setText(plan, asked(ring));
}
