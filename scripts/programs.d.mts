export function bundlePath(folder: string, file: string): string;
export function programArguments(file: string): string[];
