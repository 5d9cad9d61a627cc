// Which of several names a name means: of a column, of a class. The same one first; one that differs in case, spaces or how its
// letters are composed only where no other does. Pure.

const GAP = /([\p{L}\p{N}])[\s_-]+(?=[\p{L}\p{N}])/gu;
const SIGNS = /[^\p{L}\p{N}]/gu;

/** The index among `names`, -1 where none is meant or several might be. `<=50K` and `>50K` stay two names. */
export function matchName(name: string, names: readonly string[]): number {
  const wanted = composed(name);
  const same = names.findIndex((each) => composed(each) === wanted);
  return same >= 0 ? same : onlyOne(foldName(name), names.map(foldName));
}

/** As `matchName`, and then without signs, for what cannot have them: `tshirt top` means `T-shirt/top` where no other name does. */
export function matchFolder(name: string, names: readonly string[]): number {
  const match = matchName(name, names);
  return match >= 0 ? match : onlyOne(plainName(name), names.map(plainName));
}

/** As `matchName` of many names, which are looked up one after the other. */
export function createNameMatcher(names: readonly string[]): (name: string) => number {
  const known = new Map(names.map((name, i) => [name, i]));
  return (name) => {
    let index = known.get(name);
    if (index === undefined) {
      index = matchName(name, names);
      // A column of texts has as many of them as rows.
      if (known.size < 10_000) known.set(name, index);
    }
    return index;
  };
}

/**
 * For each of `wanted` the index of the column that it means, -1 where none or several might be; no column is meant by two of them
 * but by its own name.
 */
export function matchColumns(wanted: readonly string[], header: readonly string[]): number[] {
  const found = wanted.map((name) => matchName(name, header));
  return found.map((index, i) => {
    const isTaken = found.some((other, j) => j !== i && other === index);
    return isTaken && composed(wanted[i]!) !== composed(header[index] ?? '') ? -1 : index;
  });
}

/** A name as it is compared first. */
export function composed(name: string): string {
  return name.normalize('NFC').trim();
}

function foldName(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase().replace(GAP, '$1 ');
}

function plainName(name: string): string {
  return name.normalize('NFKC').toLowerCase().replace(SIGNS, '');
}

function onlyOne(wanted: string, names: readonly string[]): number {
  const index = names.indexOf(wanted);
  return wanted === '' || names.includes(wanted, index + 1) ? -1 : index;
}
