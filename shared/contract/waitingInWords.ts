// What a run waits for, in English: for the terminal, the dashboard and the join page's English. Pure.

import type { Waiting } from './waiting.ts';

/** Without a full stop. */
export function waitingInWords(waiting: Waiting): string {
  switch (waiting.kind) {
    case 'paused':
      return 'Paused for all devices, until whoever runs this lets them go on';
    case 'anyone':
      return `Waiting for a device to join${waiting.asleep > 0 ? `; ${sleepersOf(waiting.asleep)}` : ''}`;
    case 'devices': {
      const { here, of } = waiting;
      return `Waiting for ${of - here} more ${of - here === 1 ? 'device' : 'devices'}; ${here} of ${of} ${here === 1 ? 'is' : 'are'} here`;
    }
    case 'ready':
      return `Waiting for ${waiting.more} of ${plural(waiting.idle, 'device')} here to ask for work: paused, resting or loading`;
    case 'answers': {
      const { out, of, asleep } = waiting;
      const sleepers = asleep > 0 ? `; ${sleepersOf(asleep)}` : '';
      return `Waiting for the updates of ${plural(out, 'device')}; ${of - out} of ${of} have come${sleepers}`;
    }
    case 'sleepers':
      return `Waiting for all who have work: ${sleepersOf(waiting.asleep)}`;
    case 'slots':
      return `Waiting for one of ${plural(waiting.of, 'assignment')} to come back: no more are given out at once`;
    case 'updates':
      return `Waiting for the next version; ${waiting.buffered} of ${plural(waiting.of, 'update')} are in`;
    case 'divergence': {
      const { inARow, learningRate } = waiting;
      return `Nothing is learnt: the last ${inARow} updates diverged. Lower the learning rate (now ${formatRate(learningRate)})`;
    }
    case 'search': {
      const { doing, done, of } = waiting;
      return doing === 'probing'
        ? `Devices are asked what each part of the model gains: ${done} of ${of}`
        : `A better part of the model to train is sought (${doing}): ${done} %`;
    }
    default:
      return waiting satisfies never;
  }
}

const sleepersOf = (asleep: number): string => `${asleep} ${asleep === 1 ? 'is' : 'are'} asleep`;

function formatRate(rate: number): string {
  return String(Number(rate.toPrecision(3)));
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
