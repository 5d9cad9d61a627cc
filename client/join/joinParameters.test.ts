import { expect, test } from 'vitest';
import { ENGLISH } from './english.ts';
import { parseJoinParameters } from './joinParameters.ts';
import { createSayings } from './sayings.ts';

test('a bare address joins the default run with everything left open', () => {
  expect(parseJoinParameters('')).toEqual({
    parameters: {
      run: '',
      budgetBytes: 0,
      flopsPerSecond: 0,
      dataSeed: -1,
      name: '',
      profile: '',
      stragglerFactor: 1,
      tempoMs: -1,
      backend: '',
      server: '',
      code: '',
    },
    mistakes: [],
  });
});

test('a fleet gives everything by the address', () => {
  const search =
    '?run=demo&budget=192KiB&flops=2.5e8&dataSeed=7&name=sensor%203&profile=sensor&straggler=8&tempo=1.5&backend=wasm-scalar&server=http://minnow.test:8080/x/&code=k7m2';
  expect(parseJoinParameters(search)).toEqual({
    parameters: {
      run: 'demo',
      budgetBytes: 196_608,
      flopsPerSecond: 2.5e8,
      dataSeed: 7,
      name: 'sensor 3',
      profile: 'sensor',
      stragglerFactor: 8,
      tempoMs: 1500,
      backend: 'wasm-scalar',
      server: 'http://minnow.test:8080/x',
      code: 'k7m2',
    },
    mistakes: [],
  });
});

test('every wrong value is named with what was expected and what came', () => {
  const search =
    '?budget=4KiB&flops=fast&dataSeed=1.5&straggler=0.5&tempo=61&backend=cuda&server=ftp://x&name=a%00b';
  const { mistakes, parameters } = parseJoinParameters(search);
  expect(mistakes.map(createSayings(ENGLISH).mistakeOf)).toEqual([
    '“budget” must be between 8KiB and 64MiB (bytes, KiB or MiB), got “4KiB”.',
    '“flops” must be a number of FLOP/s >= 0, such as 2e9, got “fast”.',
    '“dataSeed” must be a whole number >= 0, got “1.5”.',
    '“name” must be at most 200 characters, got “a\u0000b”.',
    '“straggler” must be a number >= 1, got “0.5”.',
    '“tempo” must be a number of seconds from 0 to 60, got “61”.',
    '“backend” must be auto or one of webgpu, wasm-relaxed, wasm-simd, wasm-scalar, tfjs-webgpu, got “cuda”.',
    '“server” must be an http or https address, such as http://192.168.1.20:8080, got “ftp://x”.',
  ]);
  expect(parameters.budgetBytes).toBe(0);
});
