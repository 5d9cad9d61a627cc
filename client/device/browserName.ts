// Name and major version of a browser, for the device table. Data of the user agent string, never trusted for a decision.

/** Order matters: Edge and Opera call themselves Chrome too, and Chrome calls itself Safari. */
const KNOWN = [
  ['Edge', /Edg(?:e|A|iOS)?\/(\d+)/],
  ['Opera', /OPR\/(\d+)/],
  ['Samsung Internet', /SamsungBrowser\/(\d+)/],
  ['Firefox', /(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /(?:HeadlessChrome|Chrome|CriOS)\/(\d+)/],
  ['Safari', /Version\/(\d+).*Safari\//],
] as const;

/** Android calls itself Linux too. */
const SYSTEMS = ['iPhone', 'iPad', 'Android', 'Windows', 'Macintosh', 'CrOS', 'Linux'];

/** E.g. "Chrome 156 (Android)". */
export function browserName(userAgent: string): string {
  const system = SYSTEMS.find((name) => userAgent.includes(name)) ?? 'unknown system';
  for (const [name, pattern] of KNOWN) {
    const version = pattern.exec(userAgent)?.[1];
    if (version) return `${name} ${version} (${system})`;
  }
  return `unknown browser (${system})`;
}
