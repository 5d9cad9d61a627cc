/** Makes the bundles and sets MINNOW_BUNDLES. */
export function setup(): Promise<void>;
export function teardown(): void;
