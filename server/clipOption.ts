// The flag that says how far one update may move the model, the same for live and simulated runs.

import { InvalidArgumentError, Option } from 'commander';

export function clipOption(): Option {
  const help =
    'no update moves a tensor further than so many times what is usual; off: as far as it likes (default: 1.5)';
  return new Option('--clip <multiple>', help).argParser(parseClip);
}

/** 0: off. */
function parseClip(text: string): number {
  const multiple = text === 'off' ? 0 : Number(text);
  if (text === 'off' || multiple > 0) return multiple;
  throw new InvalidArgumentError('It must be off or a number above 0.');
}
