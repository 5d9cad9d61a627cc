// Connections of the simulation: what is said on them comes late, twice, out of order or not at all, and they break without a
// word. What one end hears of that, and when, is its own affair, as with sockets.

import type { ChaosWorld } from './world.ts';

export type Acknowledge = (answer: unknown) => void;

/** One end of a connection, as whoever is there hears it. */
export interface Listener {
  heard(name: string, carried: readonly unknown[], acknowledge: Acknowledge): void;
  /** Once. */
  closed(): void;
}

export interface Connection {
  /** To the other end. */
  say(name: string, carried: readonly unknown[], answered?: Acknowledge): void;
  /** The other end hears of it later, after what was said before. */
  close(): void;
  readonly isOpen: boolean;
}

export interface NetworkWeather {
  /** Of a message on its way. */
  longestMs: number;
  /** Of messages so many come twice, late or not at all. */
  unruliness: number;
  /** Of connections a second so many break. */
  cutShare: number;
}

/** A machine that listens: takes the connection and gives its end's listener, or null where nobody is there. */
export type Accept = (connection: Connection) => Listener | null;

export interface Network {
  readonly weather: NetworkWeather;
  /** `opened` is told when the other end has taken it; else the listener is told that it is closed. */
  connect(accept: Accept, listener: Listener, opened: (connection: Connection) => void): void;
  /** Breaks all connections whose server is no more: some find out at once, some later. */
  dropAll(): void;
  readonly numOpen: number;
}

const FOUND_OUT_WITHIN_MS = 3_000;
const SERVER_FINDS_OUT_WITHIN_MS = 8_000;
const CUTS_EVERY_MS = 200;

interface Wire {
  /** Nothing gets through any more. */
  isCut: boolean;
  readonly ends: readonly [End, End];
}

export function createNetwork(world: ChaosWorld): Network {
  const weather: NetworkWeather = { longestMs: 40, unruliness: 0, cutShare: 0 };
  const wires = new Set<Wire>();

  function cut(wire: Wire): void {
    if (wire.isCut) return;
    wire.isCut = true;
    wires.delete(wire);
    const [client, server] = wire.ends;
    world.after(world.between(0, FOUND_OUT_WITHIN_MS), () => client.hearClosed());
    world.after(world.between(0, SERVER_FINDS_OUT_WITHIN_MS), () => server.hearClosed());
  }

  function cutSome(): void {
    for (const wire of wires) {
      if (!world.chance((weather.cutShare * CUTS_EVERY_MS) / 1000)) continue;
      world.count('cutConnections');
      world.tell('network', 'a connection breaks');
      cut(wire);
    }
    world.after(CUTS_EVERY_MS, cutSome);
  }
  world.after(CUTS_EVERY_MS, cutSome);

  return {
    weather,
    get numOpen() {
      return wires.size;
    },
    connect(accept, listener, opened) {
      world.after(world.between(1, weather.longestMs), () => {
        const wire: { isCut: boolean; ends: readonly [End, End] } = { isCut: false, ends: [] as never };
        const isCut = (): boolean => wire.isCut;
        const forget = (): boolean => wires.delete(wire);
        const client = new End(world, weather, isCut, forget);
        const server = new End(world, weather, isCut, forget);
        wire.ends = [client, server];
        client.other = server;
        server.other = client;
        client.listener = listener;
        server.listener = accept(server);
        if (server.listener === null) return listener.closed();
        wires.add(wire);
        opened(client);
      });
    },
    dropAll() {
      for (const wire of wires) cut(wire);
    },
  };
}

class End implements Connection {
  isOpen = true;
  listener: Listener | null = null;
  other!: End;
  private readonly world: ChaosWorld;
  private readonly weather: NetworkWeather;
  private readonly isCut: () => boolean;
  private readonly forget: () => boolean;
  /** Nothing said later comes before. */
  private arrivesAtMs = 0;

  constructor(world: ChaosWorld, weather: NetworkWeather, isCut: () => boolean, forget: () => boolean) {
    this.world = world;
    this.weather = weather;
    this.isCut = isCut;
    this.forget = forget;
  }

  say(name: string, carried: readonly unknown[], answered: Acknowledge = () => {}): void {
    if (!this.isOpen) return;
    this.carry(() => {
      const { other } = this;
      if (!other.isOpen) return;
      other.listener!.heard(name, carried, (answer) => {
        // The other end has closed meanwhile: nothing is said on it any more.
        if (other.isOpen) other.carry(() => this.isOpen && answered(answer));
      });
    });
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.forget();
    this.carry(() => this.other.hearClosed(), true);
  }

  hearClosed(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.listener!.closed();
  }

  private carry(arrive: () => void, isLast = false): void {
    const { world, weather } = this;
    const delayMs = world.between(1, weather.longestMs);
    const come = (): void => {
      if (!this.isCut()) arrive();
    };
    if (!isLast && weather.unruliness > 0 && world.chance(weather.unruliness)) {
      world.count('unrulyMessages');
      const times = world.random.integer(3);
      for (let time = 0; time < times; time++) world.after(delayMs * world.between(1, 20), come);
      return;
    }
    this.arrivesAtMs = Math.max(this.arrivesAtMs, world.nowMs + delayMs);
    world.after(this.arrivesAtMs - world.nowMs, come);
  }
}
