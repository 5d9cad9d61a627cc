// Compile-only: the server is compiled against no page and no Worker.

// @ts-expect-error: no page.
export type Document = typeof document;
// @ts-expect-error: no Worker.
export type Scope = WorkerGlobalScope;
export type OwnProcess = typeof process;
