// Stands in for engine.io's WebTransport, which our server does not offer: a kilobyte that no page need fetch.

export const WT = null;
