// The address to join at, with the join code where one is needed: what QR codes hold and people type.

/** `server`: with or without the slash at its end. `code`: '' for none. */
export function joinAddress(server: string, code: string): string {
  return code === '' ? server : `${server.replace(/\/$/, '')}/?code=${encodeURIComponent(code)}`;
}
