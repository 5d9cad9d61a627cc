// Compile-only: the service worker is compiled against no page.

// @ts-expect-error: it has no document.
export type Document = typeof document;
// @ts-expect-error: nor a window.
export type Window = typeof window;
// @ts-expect-error: nor Node.
export type Process = typeof process;
export type OwnScope = ServiceWorkerGlobalScope;
