// The one way in which the parts of own data make and write their elements. Knows nothing of what they show.

type Child = Node | string;

/** A new element; an attribute that is `false` is left out, one that is `true` is written without a value. */
export function build<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number | boolean>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== false) element.setAttribute(name, value === true ? '' : String(value));
  element.append(...children);
  return element;
}

/** A button that does something and submits nothing. */
export function buildButton(text: string, press: () => void, kind = ''): HTMLButtonElement {
  const button = build('button', { type: 'button', ...(kind ? { class: kind } : {}) }, text);
  button.addEventListener('click', press);
  return button;
}

/** A button that opens the browser's chooser of files; `chosen` gets at least one. */
export function buildFileButton(
  text: string,
  attributes: Readonly<Record<string, string | boolean>>,
  chosen: (files: readonly File[]) => void,
  kind = '',
): HTMLElement {
  const input = build('input', { type: 'file', ...attributes, class: 'own-file', 'aria-label': text });
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    // The same file again, mended meanwhile, is a choice too.
    input.value = '';
    if (files.length > 0) chosen(files);
  });
  return build(
    'label',
    { class: `own-button ${kind}`.trim() },
    input,
    build('span', { 'aria-hidden': 'true' }, text),
  );
}

/** Writes only what has changed, so that screen readers are told only of changes. */
export function write(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
