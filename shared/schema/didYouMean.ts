// The name that was meant by one that is not known. Pure.

/** The known name nearest to the word, where it is near enough to be what was meant; else null. */
export function nearestName(word: string, names: readonly string[]): string | null {
  const plain = word.toLowerCase();
  const ranked = names
    .map((name) => ({ name, distance: editDistance(plain, name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  const isNear = best !== undefined && best.distance <= Math.max(1, Math.floor(word.length / 3));
  return isNear ? best.name : null;
}

/** `; did you mean "epochs"?`, or what there is. */
export function suggestion(word: string, names: readonly string[]): string {
  const nearest = nearestName(word, names);
  if (nearest !== null) return `; did you mean "${nearest}"?`;
  return names.length > 0 ? `; there are ${names.join(', ')}` : '';
}

/** Letters put in, left out, replaced, or changed with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const [before, above] = [rows[i - 2], rows[i - 1]!];
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      row.push(Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (isSame ? 0 : 1)));
      const isSwapped = before && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwapped) row[j] = Math.min(row[j]!, before[j - 2]! + 1);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
