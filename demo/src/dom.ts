/**
 * The element that index.html names by `data-testid`. The tests find it by the same name.
 *
 * @throws Error when the page has no such element
 */
export function byName<T extends HTMLElement = HTMLElement>(name: string): T {
  const found = document.querySelector<T>(`[data-testid="${name}"]`);
  if (!found) throw new Error(`index.html has no element with data-testid="${name}"`);
  return found;
}

export function setText(name: string, text: string): void {
  byName(name).textContent = text;
}

export function show(name: string, shown: boolean): void {
  byName(name).hidden = !shown;
}

/** An element with a class and children; text becomes a text node, never markup. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** Rows of a `<dl>`; those without a value are left out. */
export function rows(entries: readonly (readonly [string, string | undefined])[]): Node[] {
  return entries.flatMap(([term, value]) => (value ? [make('dt', '', term), make('dd', '', value)] : []));
}
