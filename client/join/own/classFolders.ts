// Which class the files of a chosen folder are of: the name of the folder that they lie in. Pure.

import { matchFolder } from '../../../shared/tables/matchName.ts';

export interface ClassFolders<F> {
  readonly files: readonly { readonly file: F; readonly label: number }[];
  /** Names of folders that are no class, each once. */
  readonly unknown: readonly string[];
}

/** `path`: with the folders, e.g. `pictures/cat/1.png`. Hidden files, which systems put anywhere, are passed over. */
export function sortByFolder<F>(
  files: readonly F[],
  path: (file: F) => string,
  classes: readonly string[],
): ClassFolders<F> {
  const unknown = new Set<string>();
  const sorted = files.flatMap((file) => {
    const parts = path(file).split('/');
    const name = parts.at(-1)!;
    if (name.startsWith('.') || name === 'Thumbs.db') return [];
    const folder = parts.at(-2) ?? '';
    const label = matchFolder(folder, classes);
    if (label < 0) unknown.add(folder);
    return label < 0 ? [] : [{ file, label }];
  });
  return { files: sorted, unknown: [...unknown] };
}
