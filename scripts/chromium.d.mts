export function findChromium(): Promise<string>;
export function findHeadlessShell(): string;
export function provideChromium(root: string): Promise<string>;
