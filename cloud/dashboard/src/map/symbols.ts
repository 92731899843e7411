/** The signs of the four conditions: each has its shape, so that colour is never alone. */

import type { Condition } from "../types.ts";

const SHAPES: Record<Condition, string> = {
  quiet: '<circle cx="12" cy="12" r="6"/>',
  triggering: '<path d="M12 3.5 21.5 20h-19z"/>',
  degraded: '<path d="M12 4 20 12 12 20 4 12z"/>',
  offline: '<path d="M6.5 6.5 17.5 17.5M17.5 6.5 6.5 17.5"/>',
};

export const CONDITION_WORDS: Record<Condition, string> = {
  quiet: "quiet",
  triggering: "triggering",
  degraded: "degraded",
  offline: "offline",
};

/** SVG text of a condition's sign; drawn and coloured by the style sheet. */
export function conditionSign(condition: Condition): string {
  return (
    `<svg class="sign sign-${condition}" viewBox="0 0 24 24" aria-hidden="true">` +
    `${SHAPES[condition]}</svg>`
  );
}

/** The epicentre's sign: a star that stands out from every station. */
export const EPICENTRE_SIGN =
  '<svg class="epicentre-sign" viewBox="0 0 40 40" aria-hidden="true">' +
  '<path d="M20 3l4.3 11.2 12 .6-9.3 7.6 3.1 11.6L20 27.4 9.9 34l3.1-11.6-9.3-7.6 12-.6z"/></svg>';
