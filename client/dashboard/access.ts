// What the page shows to the server in its addresses, where no header can be sent: the ticket of whoever has the token, and
// the join code of whoever was told it.

const given = new URLSearchParams();

export function showAccess(name: 'ticket' | 'code', word: string): void {
  if (word !== '') given.set(name, word);
}

export function accessTo(name: 'ticket' | 'code'): string {
  return given.get(name) ?? '';
}

/** To be added to a query that is there: `&ticket=...`, or ''. */
export function accessQuery(): string {
  const query = String(given);
  return query && `&${query}`;
}
