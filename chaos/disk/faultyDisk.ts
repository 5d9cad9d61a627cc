// A disk in memory that fails as disks do: power cuts that keep a part of what was not synced, errors, a full disk, flipped
// bits. By the seed, and in virtual time. Several processes may use it, one after the other.

import { CheckpointError } from '../../server/store/checkpointError.ts';
import type { Disk, DiskFile, OpenMode } from '../../server/store/disk.ts';
import { ProcessEnded } from '../processEnded.ts';
import type { ChaosWorld } from '../world.ts';
import { FileNode } from './fileNode.ts';
import { FolderNode, Names } from './folderNode.ts';

export interface DiskUser {
  readonly isAlive: boolean;
}

/** What goes wrong at present. */
export interface DiskWeather {
  /** Of reads, writes and syncs so many fail with `EIO`. */
  errorShare: number;
  /** Bytes that the files may take in all. */
  capacityBytes: number;
  /** Of a write or sync that is not done at once. */
  longestMs: number;
}

/** What a disk that lies does: for proofs that it is found out. */
export interface DiskLies {
  readonly syncsNothing?: boolean;
  readonly syncsNoNames?: boolean;
}

export interface FaultyDisk {
  readonly weather: DiskWeather;
  openFor(user: DiskUser): Disk;
  /** Asked before each thing that a process does here: it may end in it. */
  beforeEach: (user: DiskUser) => void;
  cutPower(): void;
  /** Flips a bit of some file of at least a byte; returns where, and what brings that file back; null: there is none. */
  flipBit(): { readonly where: string; readonly restore: () => void } | null;
  usedBytes(): number;
  readonly names: Names;
}

export const FAIR: Readonly<DiskWeather> = { errorShare: 0, capacityBytes: Infinity, longestMs: 2 };

export function createFaultyDisk(
  world: ChaosWorld,
  { syncsNothing = false, syncsNoNames = false }: DiskLies = {},
): FaultyDisk {
  const { random } = world;
  const names = new Names(world.chance(0.5));
  const weather: DiskWeather = { ...FAIR };
  const locks = new Map<string, DiskUser>();

  const usedBytes = (): number => names.files().reduce((sum, { file }) => sum + file.size, 0);

  function fail(code: string, syscall: string): never {
    world.count('diskFaults');
    world.tell('disk', `${syscall}: ${code}`);
    throw Object.assign(new Error(`${code}: ${syscall}`), { code, syscall });
  }

  function begin(user: DiskUser, syscall: string): void {
    if (user.isAlive) disk.beforeEach(user);
    if (!user.isAlive) throw new ProcessEnded('the process has ended');
    if (weather.errorShare > 0 && world.chance(weather.errorShare)) fail('EIO', syscall);
  }

  /** Bytes of a write that there is room for. */
  function roomFor(file: FileNode, bytes: number, at: number): number {
    if (weather.capacityBytes === Infinity) return bytes;
    const grows = Math.max(0, at + bytes - file.size);
    const room = Math.max(0, weather.capacityBytes - usedBytes());
    if (grows <= room) return bytes;
    const taken = bytes - (grows - room);
    return taken > 0 ? taken : fail('ENOSPC', 'write');
  }

  /** Resolves a while later; never, where the process has ended by then. */
  function later<T>(user: DiskUser, act: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      world.after(random.uniform() * weather.longestMs, () => {
        if (!user.isAlive) return;
        try {
          resolve(act());
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }

  function folderAt(path: string): FolderNode | null {
    let node: FolderNode | FileNode = names.root;
    for (const part of path.split('/').filter((each) => each !== '')) {
      const next: FolderNode | FileNode | undefined =
        node.kind === 'folder' ? node.names.get(part) : undefined;
      if (next === undefined) return null;
      node = next;
    }
    return node.kind === 'folder' ? node : null;
  }

  function placeOf(path: string): { readonly folder: FolderNode; readonly name: string } {
    const end = path.lastIndexOf('/');
    const folder = folderAt(path.slice(0, end));
    if (folder === null) throw notThere(path);
    return { folder, name: path.slice(end + 1) };
  }

  function fileAt(path: string): FileNode {
    const { folder, name } = placeOf(path);
    const node = folder.names.get(name);
    if (node?.kind !== 'file') throw notThere(path);
    return node;
  }

  function openNode(path: string, mode: OpenMode): FileNode {
    const { folder, name } = placeOf(path);
    const known = folder.names.get(name);
    if (known?.kind === 'file') {
      if (mode === 'create') known.truncate(0);
      return known;
    }
    if (mode === 'read' || mode === 'change') throw notThere(path);
    const file = new FileNode();
    names.link(folder, name, file);
    return file;
  }

  function sync(user: DiskUser, file: FileNode): void {
    try {
      begin(user, 'fdatasync');
    } catch (error) {
      // As Linux does it: the error is told once, and what could not be written counts as written.
      if (!(error instanceof ProcessEnded) && world.chance(0.5)) file.giveUp();
      throw error;
    }
  }

  function handleFor(user: DiskUser, file: FileNode): DiskFile {
    const put = (bytes: Uint8Array, at: number): number => {
      begin(user, 'write');
      const taken = roomFor(file, bytes.byteLength, at);
      file.write(bytes.subarray(0, taken), at);
      return taken;
    };
    return {
      size: () => file.size,
      read(into, position) {
        begin(user, 'read');
        return file.read(into, position);
      },
      writeAt: put,
      appendNow: (bytes) => put(bytes, file.size),
      append: (parts) => later(user, () => put(Buffer.concat(parts), file.size)),
      truncate(size) {
        begin(user, 'ftruncate');
        file.truncate(size);
      },
      sync() {
        const done = syncsNothing ? (): void => {} : file.beginSync();
        return later(user, () => {
          sync(user, file);
          done();
        });
      },
      syncNow() {
        sync(user, file);
        if (!syncsNothing) file.beginSync()();
      },
      close() {},
    };
  }

  function syncFolder(user: DiskUser, path: string): void {
    begin(user, 'fsync');
    const folder = folderAt(path);
    if (folder === null) throw notThere(path);
    if (!syncsNoNames) names.sync(folder);
  }

  const disk: FaultyDisk = {
    weather,
    names,
    usedBytes,
    beforeEach() {},
    openFor: (user) => ({
      open(path, mode) {
        begin(user, 'open');
        return handleFor(user, openNode(path, mode));
      },
      readWhole(path) {
        begin(user, 'read');
        return fileAt(path).bytes();
      },
      exists(path) {
        const end = path.lastIndexOf('/');
        return folderAt(path.slice(0, end))?.names.has(path.slice(end + 1)) ?? false;
      },
      names: (path) => [...(folderAt(path)?.names.keys() ?? [])],
      rename(from, to) {
        begin(user, 'rename');
        const [old, place] = [placeOf(from), placeOf(to)];
        if (!old.folder.names.has(old.name)) throw notThere(from);
        names.rename(old.folder, old.name, place.folder, place.name);
      },
      remove: (path) =>
        later(user, () => {
          begin(user, 'unlink');
          fileAt(path);
          const { folder, name } = placeOf(path);
          names.unlink(folder, name);
        }),
      makePrivateFolder(path) {
        begin(user, 'mkdir');
        let at = '';
        for (const part of path.split('/').filter((each) => each !== '')) {
          const parent = folderAt(at)!;
          if (!parent.names.has(part)) names.link(parent, part, new FolderNode());
          at += `/${part}`;
        }
        return null;
      },
      syncFolder: (path) => later(user, () => syncFolder(user, path)),
      syncFolderNow: (path) => syncFolder(user, path),
      lock(folder) {
        begin(user, 'lock');
        if (locks.get(folder)?.isAlive)
          throw new CheckpointError('locked', `${folder} is open in another server`);
        locks.set(folder, user);
        return () => locks.delete(folder);
      },
    }),
    cutPower() {
      names.cutPower(random);
      for (const { file } of names.files()) file.cutPower(random);
    },
    flipBit() {
      const files = names.files().filter(({ file }) => file.size > 0);
      if (files.length === 0) return null;
      const { path, file } = files[random.integer(files.length)]!;
      const bit = random.integer(file.size * 8);
      file.flipBit(bit);
      return { where: `bit ${bit} of ${path}`, restore: () => file.flipBit(bit) };
    },
  };
  return disk;
}

function notThere(path: string): Error {
  return Object.assign(new Error(`ENOENT: no such file, ${path}`), { code: 'ENOENT', syscall: 'open' });
}
