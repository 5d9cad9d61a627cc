// The few ways in which pages find, make and write their elements: nothing is written that is there already, so that screen
// readers are told only of changes. Knows nothing of what is shown.

type Child = Node | string;
type Attributes = Readonly<Record<string, string | number | boolean>>;

/** The page's own, by its id. */
export function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`internal: no element "${id}"`);
  return found as T;
}

/** A new element; an attribute that is `false` is left out, one that is `true` is written without a value. */
export function build<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  return filled(document.createElement(tag), attributes, children);
}

/** The same of a drawing. */
export function draw<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function filled<E extends Element>(created: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes))
    if (value !== false) created.setAttribute(name, value === true ? '' : String(value));
  created.append(...children);
  return created;
}

/** A button that does something and submits nothing. */
export function buildButton(text: string, press: () => void, kind = ''): HTMLButtonElement {
  const button = build('button', { type: 'button', ...(kind ? { class: kind } : {}) }, text);
  button.addEventListener('click', press);
  return button;
}

/** The page's fish, in the colour that it is given. */
export function drawFish(attributes: Attributes = {}): SVGElement {
  return draw('svg', attributes, draw('use', { href: '#fish' }));
}

export function write(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

export function setAttribute(target: Element, name: string, value: string): void {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/** Scales a bar's filling to a share of its length, 0 ... 1. */
export function setShare(bar: HTMLElement, share: number): void {
  const transform = `scaleX(${Math.max(0, Math.min(1, share)).toFixed(3)})`;
  if (bar.style.transform !== transform) bar.style.transform = transform;
}
