// The result of a simulation as lines of text for people.

import { formatByteSize } from '../../shared/byteSize.ts';
import type { Overhead } from '../simulate/measureOverhead.ts';
import type { SimulationResult } from '../../shared/simulate/simulationResult.ts';

export function printSimulation(result: SimulationResult): string {
  const { task, strategy, subset, devices, seed, byClass } = result;
  const classes = Object.entries(byClass).map(([name, figures]) => {
    const { devices, stragglers, refusedDevices, updates, refused } = figures;
    return [name, devices, stragglers, refusedDevices, updates, refused];
  });
  const reached =
    result.timeToTarget === null
      ? `target ${result.target} not reached`
      : `target ${result.target} reached at ${result.timeToTarget} virtual s`;
  return [
    `${task}, ${strategy}, subset ${subset}, ${devices} devices, seed ${seed}: ${endOf(result)}`,
    ...(result.versions === 0 && result.updates > 0
      ? [`No version came of ${result.updates} updates: they never filled the buffer.`]
      : []),
    ...(result.cause === null ? [] : [`${result.cause[0]!.toUpperCase()}${result.cause.slice(1)}.`]),
    '',
    ...formatRows([['class', 'devices', 'stragglers', 'no scheme', 'updates', 'refused'], ...classes]),
    '',
    `test score ${result.finalScore.toFixed(4)}, loss ${Number.isFinite(result.finalLoss) ? result.finalLoss.toFixed(4) : 'not finite'}; ${reached}`,
    `${result.versions} versions from ${result.updates} updates of ${result.participants} devices in ${result.virtualSeconds.toFixed(1)} virtual s, ${result.wallSeconds.toFixed(1)} s on the wall`,
    `refused ${result.refused}, interrupted ${result.interrupted}, expired ${result.expired}, diverged ${result.diverged}, probes ${result.probes}; staleness ${result.stalenessMean.toFixed(1)}`,
    `payload ${formatByteSize(result.payloadDownBytes)} down, ${formatByteSize(result.payloadUpBytes)} up; ${(result.totalFlops / 1e12).toFixed(2)} TFLOP`,
    `device bytes ${formatByteSize(result.deviceBytesMean)} in the mean, ${formatByteSize(result.deviceBytesMax)} at most; of a step ${formatByteSize(result.stepBytes)} and ${formatByteSize(result.stepBytesMax)}`,
    `stragglers: ${share(result.stragglerUpdateShare)} of the updates, ${share(result.stragglerWeightShare)} of the weight`,
    `tensors clipped: ${result.clippedTensors}; hostile devices: ${share(result.hostileWeightShare)} of the weight`,
  ].join('\n');
}

function endOf({ stoppedBy, partial }: SimulationResult): string {
  if (stoppedBy === 'diverged' || stoppedBy === 'stalled') return stoppedBy;
  return `ended by ${stoppedBy}${partial ? ' (partial)' : ''}`;
}

/** `firstSeconds`: of the first simulation of the process. */
export function printOverhead(overhead: Overhead, firstSeconds: number): string {
  const { updates, simulatedSeconds, aloneSeconds, stepsShare, scoringShare } = overhead;
  const perSecond = (seconds: number): string => (updates / seconds).toFixed(1);
  return [
    `updates a second: ${perSecond(aloneSeconds)} by the engine alone (the same local steps on as many threads), ${perSecond(simulatedSeconds)} simulated: ${share(aloneSeconds / simulatedSeconds)}; in the first simulation, start included, ${perSecond(firstSeconds)}: ${share(aloneSeconds / firstSeconds)}`,
    `processor time of a simulation: ${share(stepsShare)} local steps, ${share(scoringShare)} evaluations, ${share(1 - stepsShare - scoringShare)} all else`,
  ].join('\n');
}

/** Of a score under way: `-` where there is none. */
export function formatProgressScore(score: number): string {
  return score >= 0 && Number.isFinite(score) ? score.toFixed(3) : '-';
}

function share(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

/** The first column to the left, the others to the right. */
function formatRows(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? String(cell).padEnd(widths[0]!) : String(cell).padStart(widths[column]! + 2),
      )
      .join(''),
  );
}
