// Compile-only: pages are compiled against no Worker.

// @ts-expect-error: a page is no Worker.
export type Scope = WorkerGlobalScope;
// @ts-expect-error: nor has it what Workers alone have.
export type Scripts = typeof importScripts;
// @ts-expect-error: nor Node.
export type Process = typeof process;
export type OwnScope = typeof document;
