// Makes up the data of the example in docs/your-own-task.md: hourly measurements at the bearings of forty machines, some
// of them worn. The same rows every time. `node makeData.mjs FOLDER`

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NUM_MACHINES = 40;
const HOURS = 60;

let state = 1;
/** Uniform in [0, 1) (mulberry32). */
function uniform() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
function normal() {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

const lines = ['machine,speed,load,temperature,vibration,noise,state'];
for (let machine = 1; machine <= NUM_MACHINES; machine++) {
  // What machines differ in: where they stand, and how much they shake when all is well.
  const ambient = 20 + 4 * normal();
  const shake = Math.exp(0.2 * normal());
  for (let hour = 0; hour < HOURS; hour++) {
    const isWorn = uniform() < 0.4;
    const wear = isWorn ? 0.4 + 0.6 * uniform() : 0.2 * uniform();
    const speed = 600 + 2400 * uniform();
    const load = uniform();
    // Wear shows in the vibration at high speed, and in the temperature under load.
    const vibration = shake * (1 + speed / 1000 + (2 * wear * speed) / 1000) * Math.exp(0.15 * normal());
    const temperature = ambient + 15 * load + 18 * wear * load + 2 * normal();
    const noise = 60 + 6 * Math.log(vibration) + 2 * normal();
    const cells = [
      speed.toFixed(0),
      load.toFixed(3),
      temperature.toFixed(1),
      vibration.toFixed(3),
      noise.toFixed(1),
    ];
    lines.push(`m${machine},${cells.join(',')},${isWorn ? 'worn' : 'good'}`);
  }
}
writeFileSync(join(process.argv[2] ?? '.', 'bearings.csv'), `${lines.join('\n')}\n`);
