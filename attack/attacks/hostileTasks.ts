// Task files from somebody who means ill: data of other folders, files that unpack without end, keys that every object has.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { programArguments } from '../../scripts/programs.mjs';
import type { Attack } from '../attack.ts';
import type { Opening } from '../openTaskProcess.ts';

const OPENER = fileURLToPath(new URL('../openTaskProcess.ts', import.meta.url));
const MIB = 2 ** 20;
/** Above a task that is opened: buffers of pieces, and of one row. */
const MOST_MORE_BYTES = 300 * MIB;

const TASK = {
  id: 'hostile',
  model: {
    input: [2],
    layers: [{ kind: 'dense', name: 'head', units: 2 }],
    loss: 'softmaxCrossEntropy',
  },
  data: { format: 'csv', train: 'good.csv', test: { share: 0.5 }, label: 'kind' },
  classes: ['a', 'b'],
  metric: 'accuracy',
  floor: 0.5,
  target: 0.9,
};
const GOOD = 'x,y,kind\n1,2,a\n3,4,b\n';

/** A header that tells of two samples. */
function npyHeader(): Buffer {
  const text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\n";
  return Buffer.concat([
    Buffer.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length, 0),
    Buffer.from(text),
  ]);
}

/** `begin`, and then `mib` MiB of `filling`, gzipped in members of 64 MiB. */
function writeBomb(file: string, begin: string | Buffer, filling: string, mib: number): void {
  writeFileSync(file, gzipSync(begin));
  const member = gzipSync(Buffer.alloc(64 * MIB, filling));
  for (let written = 0; written < mib; written += 64) appendFileSync(file, member);
}

export const attack: Attack = {
  name: 'hostileTasks',
  against: 'disk',
  claim:
    'a task file that names data outside its folder, unpacks without end or has polluting keys is refused in one sentence and bounded memory',
  async run({ runsDir }, length) {
    const folder = join(runsDir, 'task');
    mkdirSync(folder);
    writeFileSync(join(folder, 'good.csv'), GOOD);
    writeFileSync(join(runsDir, 'secret.csv'), GOOD);
    symlinkSync('../secret.csv', join(folder, 'link.csv'));
    const mib = length === 'short' ? 512 : 8192;
    writeBomb(join(folder, 'row.csv.gz'), 'x,y,kind\n', 'x', mib);
    writeBomb(join(folder, 'quote.csv.gz'), 'x,y,kind\n1,"', '\n', mib);
    writeBomb(join(folder, 'array.npy.gz'), npyHeader(), '\0', mib);

    const withData = (data: object): string => JSON.stringify({ ...TASK, data: { ...TASK.data, ...data } });
    const arrays = { inputs: 'array.npy.gz', labels: 'array.npy.gz' };
    const hostile: [string, RegExp][] = [
      [withData({ train: '/etc/passwd' }), /data\.train: expected a file in the folder/],
      [withData({ train: '../secret.csv' }), /data\.train: expected a file in the folder/],
      [withData({ train: 'link.csv' }), /"link\.csv", which leads to/],
      [withData({ train: '/dev/zero' }), /data\.train: expected a file in the folder/],
      [withData({ train: '.' }), /expected a file, got a folder or a device/],
      [withData({ train: 'row.csv.gz' }), /line 2: expected a row of at most \d+ characters/],
      [withData({ train: 'quote.csv.gz' }), /line 2: expected a row of at most \d+ characters/],
      [
        JSON.stringify({ ...TASK, data: { format: 'npy', train: arrays, test: { share: 0.5 } } }),
        /expected \d+ bytes for shape \[2, 2\] of <f4, got more/,
      ],
      [`{"__proto__": {"id": "x"}, ${withData({}).slice(1)}`, /__proto__: there is no such field/],
      [withData({ constructor: { prototype: {} } }), /(prototype|constructor): there is no such field/],
      ['['.repeat(500_000), /expected JSON, got/],
    ];
    const paths = [withData({}), ...hostile.map(([content]) => content)].map((content, i) => {
      const path = join(folder, `task-${i}.json`);
      writeFileSync(path, content);
      return path;
    });
    const args = [...programArguments(OPENER), ...paths];
    const told = execFileSync(process.execPath, args, { encoding: 'utf8' });
    const [good, ...openings] = JSON.parse(told) as Opening[];
    assert.equal(good!.said, '');
    openings.forEach(({ said, isForPeople }, i) => {
      assert.match(said, hostile[i]![1]);
      assert.ok(isForPeople && !said.includes('\n'), said);
    });
    const { peakBytes } = openings.at(-1)!;
    assert.ok(
      peakBytes - good!.peakBytes < MOST_MORE_BYTES,
      `${openings.map((opening) => opening.peakBytes).join(', ')} bytes, and ${good!.peakBytes} of a good one`,
    );
    return {
      tasks: hostile.length,
      unpackedMib: mib,
      goodPeakMib: Math.round(good!.peakBytes / MIB),
      hostilePeakMib: Math.round(peakBytes / MIB),
    };
  },
};
