/** Where names stand: beside their sign, on the first side where nothing is in the way. */

export interface Label {
  /** Centre of the sign, pixels. */
  x: number;
  y: number;
  /** Size of the text, pixels. */
  width: number;
  height: number;
  /** Width of a shorter text to fall back to, pixels. */
  shortWidth?: number;
}

export interface Placed {
  side: Side;
  /** Only the shorter text had room. */
  short: boolean;
}

export type Side = "east" | "west" | "north" | "south" | "none";

const SIGN = 9;
const GAP = 12;
const SIDES: readonly Exclude<Side, "none">[] = ["east", "west", "north", "south"];

export type Rectangle = { left: number; top: number; right: number; bottom: number };

/**
 * The place of each label in the order given: the first ones have the first choice.
 *
 * `frame` is what can be seen, and `obstacles` are other things not to be written over.
 */
export function placeLabels(
  labels: readonly Label[],
  frame: Rectangle,
  obstacles: readonly Rectangle[] = [],
): Placed[] {
  const taken: Rectangle[] = labels.map(({ x, y }) => ({
    left: x - SIGN,
    top: y - SIGN,
    right: x + SIGN,
    bottom: y + SIGN,
  }));
  taken.push(...obstacles);
  return labels.map((label, index) => {
    const own = taken[index];
    if (own === undefined || !overlap(own, frame)) return { side: "none", short: false };
    const free = (wanted: Rectangle): boolean =>
      within(wanted, frame) && !taken.some((other) => other !== own && overlap(other, wanted));
    for (const short of label.shortWidth === undefined ? [false] : [false, true]) {
      const width = short ? (label.shortWidth ?? label.width) : label.width;
      for (const side of SIDES) {
        const wanted = rectangle({ ...label, width }, side);
        if (!free(wanted)) continue;
        taken.push(wanted);
        return { side, short };
      }
    }
    return { side: "none", short: false };
  });
}

function rectangle({ x, y, width, height }: Label, side: Exclude<Side, "none">): Rectangle {
  const [centreX, centreY] = {
    east: [x + GAP + width / 2, y],
    west: [x - GAP - width / 2, y],
    north: [x, y - GAP - height / 2],
    south: [x, y + GAP + height / 2],
  }[side] as [number, number];
  return {
    left: centreX - width / 2,
    right: centreX + width / 2,
    top: centreY - height / 2,
    bottom: centreY + height / 2,
  };
}

function within(inner: Rectangle, outer: Rectangle): boolean {
  return (
    inner.left >= outer.left &&
    inner.right <= outer.right &&
    inner.top >= outer.top &&
    inner.bottom <= outer.bottom
  );
}

function overlap(a: Rectangle, b: Rectangle): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
