// This machine's disk.

import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeSync,
  writev,
} from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Disk, DiskFile, OpenMode } from './disk.ts';
import { lockFolder } from './lockFolder.ts';
import { namesIn } from './namesIn.ts';
import { makePrivateFolder, PRIVATE_FILE, syncFolderNow } from './privateFiles.ts';

const FLAGS: Readonly<Record<OpenMode, string>> = { read: 'r', change: 'r+', create: 'w', append: 'a' };
const syncFile = promisify(fdatasync);
const appendParts = promisify<number, readonly Uint8Array[], number>((file, parts, told) =>
  writev(file, parts, (error, written) => told(error, written)),
);

export const nodeDisk: Disk = {
  open: (path, mode) => fileOf(openSync(path, FLAGS[mode], PRIVATE_FILE)),
  readWhole: (path) => readFileSync(path),
  exists: existsSync,
  names: namesIn,
  rename: renameSync,
  remove: unlink,
  makePrivateFolder,
  async syncFolder(folder) {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  syncFolderNow,
  lock: lockFolder,
};

function fileOf(file: number): DiskFile {
  return {
    size: () => fstatSync(file).size,
    read: (into, position) => readSync(file, into, 0, into.byteLength, position),
    writeAt: (bytes, position) => writeSync(file, bytes, 0, bytes.byteLength, position),
    appendNow: (bytes) => writeSync(file, bytes),
    append: (parts) => appendParts(file, parts),
    truncate: (bytes) => ftruncateSync(file, bytes),
    sync: () => syncFile(file),
    syncNow: () => fdatasyncSync(file),
    close: () => closeSync(file),
  };
}
