// Folders of the simulated disk: which names there are, and which of them would be there after a power cut.

import type { Random } from '../../shared/random.ts';
import { FileNode } from './fileNode.ts';

export type DiskNode = FileNode | FolderNode;

export class FolderNode {
  readonly kind = 'folder';
  /** As processes see it. */
  names = new Map<string, DiskNode>();
  /** As it is on the disk. */
  durable = new Map<string, DiskNode>();
}

/** A new, renamed or removed name: done on the disk as a whole or not at all. */
interface NameChange {
  readonly folders: readonly FolderNode[];
  readonly apply: () => void;
}

/** The names of a disk. */
export class Names {
  readonly root = new FolderNode();
  /** Changes reach the disk in their order, as where they are journalled; else each folder by itself. */
  private readonly isOrdered: boolean;
  private changes: NameChange[] = [];

  constructor(isOrdered: boolean) {
    this.isOrdered = isOrdered;
  }

  /** A folder that is on the disk already. */
  found(path: readonly string[]): void {
    let at = this.root;
    for (const name of path) {
      const folder = new FolderNode();
      this.link(at, name, folder);
      this.sync(at);
      at = folder;
    }
  }

  link(folder: FolderNode, name: string, node: DiskNode): void {
    folder.names.set(name, node);
    this.changes.push({ folders: [folder], apply: () => folder.durable.set(name, node) });
  }

  unlink(folder: FolderNode, name: string): void {
    folder.names.delete(name);
    this.changes.push({ folders: [folder], apply: () => folder.durable.delete(name) });
  }

  rename(from: FolderNode, name: string, to: FolderNode, newName: string): void {
    const node = from.names.get(name)!;
    from.names.delete(name);
    to.names.set(newName, node);
    const apply = (): void => {
      from.durable.delete(name);
      to.durable.set(newName, node);
    };
    this.changes.push({ folders: [from, to], apply });
  }

  /** All changes of this folder are on the disk, and where they are ordered all that came before. */
  sync(folder: FolderNode): void {
    const isOf = ({ folders }: NameChange): boolean => folders.includes(folder);
    const last = this.changes.map(isOf).lastIndexOf(true);
    const rest: NameChange[] = [];
    for (const [k, change] of this.changes.entries())
      if (isOf(change) || (this.isOrdered && k <= last)) change.apply();
      else rest.push(change);
    this.changes = rest;
  }

  /** Of the changes that were not synced the first few are there; of each folder, where they are not ordered. */
  cutPower(random: Random): void {
    const numKept = random.integer(this.changes.length + 1);
    const stopped = new Set<FolderNode>();
    for (const [k, { folders, apply }] of this.changes.entries()) {
      const isKept = this.isOrdered
        ? k < numKept
        : !folders.some((folder) => stopped.has(folder)) && random.integer(2) === 0;
      if (isKept) apply();
      else for (const folder of folders) stopped.add(folder);
    }
    this.changes = [];
    forEachFolder(this.root, (folder) => (folder.names = new Map(folder.durable)));
  }

  /** Of all files, by path. */
  files(): { readonly path: string; readonly file: FileNode }[] {
    return filesIn(this.root, '');
  }
}

function forEachFolder(folder: FolderNode, act: (folder: FolderNode) => unknown): void {
  act(folder);
  for (const node of folder.names.values()) if (node.kind === 'folder') forEachFolder(node, act);
}

function filesIn(folder: FolderNode, path: string): { readonly path: string; readonly file: FileNode }[] {
  return [...folder.names].flatMap(([name, node]) =>
    node.kind === 'file' ? [{ path: `${path}/${name}`, file: node }] : filesIn(node, `${path}/${name}`),
  );
}
