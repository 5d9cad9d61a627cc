// Compile-only: what is shared is compiled against neither page nor Worker nor Node, but for what webStandards.d.ts declares.

// @ts-expect-error: no page.
export type Document = typeof document;
// @ts-expect-error: no Worker.
export type Scope = WorkerGlobalScope;
// @ts-expect-error: no Node.
export type Process = typeof process;
// @ts-expect-error: no network.
export type Fetch = typeof fetch;
// @ts-expect-error: no timers.
export type Timer = typeof setTimeout;
// @ts-expect-error: no clock but the one that is handed in.
export type Clock = typeof performance;
// @ts-expect-error: no console.
export type Console = typeof console;
// @ts-expect-error: no randomness of the platform's.
export type Chance = typeof crypto;
// @ts-expect-error: WebAssembly is for the trainers alone.
export type Module = WebAssembly.Module;
// @ts-expect-error: so is WebGPU.
export type Gpu = typeof navigator;
