// A gate that work passes between steps: closed while the person has paused. Knows nothing of what passes.

export interface Gate {
  close(): void;
  open(): void;
  /** Resolves while the gate is open; true when it had to wait. */
  readonly pass: () => Promise<boolean>;
}

export function createGate(): Gate {
  let opened: Promise<void> | null = null;
  let release: (() => void) | undefined;
  async function pass(): Promise<boolean> {
    if (!opened) return false;
    await opened;
    await pass();
    return true;
  }

  return {
    close() {
      opened ??= new Promise((resolve) => (release = resolve));
    },
    open() {
      opened = null;
      release?.();
    },
    pass,
  };
}
