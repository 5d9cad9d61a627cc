// The few ways in which the dashboard touches its elements: nothing is written that is there already.

export function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`internal: no element "${id}"`);
  return found as T;
}

export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** A new element with a class and perhaps a text. */
export function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text = '',
): HTMLElementTagNameMap[K] {
  const created = document.createElement(tag);
  if (className !== '') created.className = className;
  if (text !== '') created.textContent = text;
  return created;
}

/** Scales a bar's filling to a share of its length, 0 ... 1. */
export function setShare(target: HTMLElement, share: number): void {
  const transform = `scaleX(${Math.max(0, Math.min(1, share)).toFixed(3)})`;
  if (target.style.transform !== transform) target.style.transform = transform;
}
