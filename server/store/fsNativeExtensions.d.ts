// What is used of the package, which brings no types.

declare module 'fs-native-extensions' {
  /** Locks the open file for this opening of it alone (Linux: F_OFD_SETLK); false: another opening has it locked. */
  export function tryLock(file: number): boolean;
}
