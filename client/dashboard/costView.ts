// What the run has cost, beside what FedAvg would have.

import { element, setShare, write } from '../common/elements.ts';
import { costOf, savedOf, type Against } from './costOf.ts';
import type { DashboardState } from './dashboardState.ts';
import type { Sayings } from './sayings.ts';

export function showCost({ run, figures, devices }: DashboardState, { words, formats }: Sayings): void {
  const { payload, memory } = costOf(run, figures, devices.values());
  const sizeOf = (bytes: number): string => (bytes > 0 ? formats.bytes(bytes) : '–');
  showAgainst('payload', payload, sizeOf);
  showAgainst('memory', memory, sizeOf);
  write(element('cost-note'), words.cost(run.batch));
}

function showAgainst(name: 'payload' | 'memory', against: Against, sizeOf: (bytes: number) => string): void {
  const most = Math.max(against.here, against.fedAvg, 1);
  setShare(element(`${name}-rod`), against.here / most);
  setShare(element(`${name}-rod-other`), against.fedAvg / most);
  write(element(`${name}-here`), sizeOf(against.here));
  write(element(`${name}-other`), sizeOf(against.fedAvg));
  write(element(`${name}-saved`), savedOf(against));
}
