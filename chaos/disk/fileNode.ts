// One file of the simulated disk: what processes read of it, and what of that would be there after a power cut.

import type { Random } from '../../shared/random.ts';

interface Change {
  readonly kind: 'write' | 'truncate';
  /** Where the bytes go, or the new size. */
  readonly at: number;
  readonly bytes: Uint8Array;
  /** The system has given up on it after an error: readers see it, and no sync writes it. */
  isGivenUp: boolean;
}

const SECTOR_BYTES = 512;
const NOTHING = new Uint8Array(0);
/** Of what a power cut hits. */
const KEPT = 0.5;
const DROPPED = 0.75;

export class FileNode {
  readonly kind = 'file';
  /** As it is read. */
  private content = new Grown();
  /** As it is on the disk. */
  private durable = new Grown();
  private changes: Change[] = [];

  get size(): number {
    return this.content.size;
  }

  bytes(): Buffer {
    return Buffer.from(this.content.bytes());
  }

  read(into: Uint8Array, position: number): number {
    const some = this.content.bytes().subarray(position, position + into.byteLength);
    into.set(some);
    return some.byteLength;
  }

  write(bytes: Uint8Array, at: number): void {
    const change: Change = { kind: 'write', at, bytes: Uint8Array.from(bytes), isGivenUp: false };
    this.changes.push(change);
    applyTo(this.content, change);
  }

  truncate(size: number): void {
    const change: Change = { kind: 'truncate', at: size, bytes: NOTHING, isGivenUp: false };
    this.changes.push(change);
    applyTo(this.content, change);
  }

  /** Gives what makes durable all that was written by now. */
  beginSync(): () => void {
    const upTo = this.changes.length;
    const asked = this.changes.slice(0, upTo);
    return () => {
      for (const change of asked) if (!change.isGivenUp) applyTo(this.durable, change);
      this.changes = this.changes.filter((change) => change.isGivenUp || !asked.includes(change));
    };
  }

  /** A sync has failed, and the system takes what waited for written. */
  giveUp(): void {
    for (const change of this.changes) change.isGivenUp = true;
  }

  /** Of what was not synced each change is there, or is not, or is torn. */
  cutPower(random: Random): void {
    for (const change of this.changes) {
      const fate = random.uniform();
      if (fate < KEPT) applyTo(this.durable, change);
      else if (fate >= DROPPED) tear(this.durable, change, random);
    }
    this.changes = [];
    this.content = this.durable.copy();
  }

  flipBit(bit: number): void {
    for (const each of [this.content, this.durable]) each.flip(bit);
  }
}

function applyTo(target: Grown, { kind, at, bytes }: Change): void {
  if (kind === 'truncate') target.resize(at);
  else target.put(bytes, at);
}

/** A part of it, or its length without its content. */
function tear(target: Grown, change: Change, random: Random): void {
  if (change.kind === 'truncate') return;
  const { at, bytes } = change;
  // A sector is written or it is not.
  if (
    Math.floor(at / SECTOR_BYTES) === Math.floor((at + bytes.length - 1) / SECTOR_BYTES) &&
    at + bytes.length <= target.size
  )
    return;
  if (random.integer(3) === 0) target.resize(Math.max(target.size, at + bytes.length));
  else target.put(bytes.subarray(0, random.integer(bytes.length + 1)), at);
}

/** Bytes that grow; what lies between an end and what is put behind it is zero. */
class Grown {
  private room = new Uint8Array(64);
  size = 0;

  bytes(): Uint8Array {
    return this.room.subarray(0, this.size);
  }

  put(bytes: Uint8Array, at: number): void {
    this.resize(Math.max(this.size, at + bytes.byteLength));
    this.room.set(bytes, at);
  }

  resize(size: number): void {
    if (size > this.room.length) {
      const larger = new Uint8Array(Math.max(size, 2 * this.room.length));
      larger.set(this.bytes());
      this.room = larger;
    }
    if (size < this.size) this.room.fill(0, size, this.size);
    this.size = size;
  }

  flip(bit: number): void {
    const byte = bit >> 3;
    if (byte < this.size) this.room[byte]! ^= 1 << (bit & 7);
  }

  copy(): Grown {
    const copy = new Grown();
    copy.put(this.bytes(), 0);
    return copy;
  }
}
