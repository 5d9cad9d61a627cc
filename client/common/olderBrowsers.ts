// The few ES2022 library functions that the oldest browsers we build for lack (Safari 15.0, Chrome 91).
// Syntax is the build's affair; this file is imported first, for its effect alone.

function at<T>(this: ArrayLike<T>, index: number): T | undefined {
  return this[index < 0 ? this.length + index : index];
}

for (const prototype of [Array.prototype, Object.getPrototypeOf(Int8Array.prototype) as object]) {
  if (!('at' in prototype)) {
    Object.defineProperty(prototype, 'at', { value: at, writable: true, configurable: true });
  }
}

const constructor: object = Object;
if (!('hasOwn' in constructor)) {
  Object.defineProperty(constructor, 'hasOwn', {
    value: (object: object, key: PropertyKey) => Object.prototype.hasOwnProperty.call(object, key),
    writable: true,
    configurable: true,
  });
}
