/** A few lines in place of a framework: make elements, and keep a list in step with its data. */

export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no element with id ${id}`);
  return found as T;
}

type Attributes = Record<string, string | number | boolean | undefined>;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

/** Set the text where it differs: no needless layout, and no needless word of a screen reader. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Make the children of `parent` follow `items`: one element a key, kept while its key stays, so
 * that focus and scroll position survive an update.
 */
export function reconcile<T>(
  parent: HTMLElement,
  items: readonly T[],
  key: (item: T) => string,
  create: (item: T) => HTMLElement,
  update: (node: HTMLElement, item: T) => void,
): void {
  const present = new Map<string, HTMLElement>();
  for (const child of parent.children) {
    const name = child instanceof HTMLElement ? child.dataset["key"] : undefined;
    // A child without a key is none of ours: the words of an empty list, for example.
    if (name !== undefined) present.set(name, child as HTMLElement);
  }
  const wanted = new Set(items.map(key));
  for (const [name, node] of present) if (!wanted.has(name)) node.remove();
  let next = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    let node = present.get(name);
    if (node === undefined) {
      node = create(item);
      node.dataset["key"] = name;
    }
    update(node, item);
    if (node === next) next = next.nextElementSibling;
    else parent.insertBefore(node, next);
  }
}
