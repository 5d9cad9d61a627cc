// A button that opens the browser's chooser of files.

import { build } from '../../common/elements.ts';

/** `chosen` gets at least one. */
export function buildFileButton(
  text: string,
  attributes: Readonly<Record<string, string | boolean>>,
  chosen: (files: readonly File[]) => void,
  kind = '',
): HTMLElement {
  const input = build('input', {
    type: 'file',
    ...attributes,
    class: 'own-file visually-hidden',
    'aria-label': text,
  });
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
