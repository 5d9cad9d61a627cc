import { describe, expect, it } from 'vitest';
import {
  parseAttachment,
  parseBudget,
  parseHandshake,
  parseJoin,
  parseProbeHeader,
  parseReady,
  parseUpdateHeader,
} from './parseDeviceMessage.ts';
import { ProtocolError } from './protocolError.ts';

const JOIN = {
  run: '',
  token: '',
  budgetBytes: 196_608,
  dataSeed: -1,
  device: {
    name: 'sensor 3',
    browser: 'Chromium 141',
    cores: 2,
    backend: 'wasm-simd',
    profile: 'sensor',
    flopsPerSecond: 0,
    stragglerFactor: 8,
  },
};

const HEADER = {
  assignmentId: 'a1',
  steps: 5,
  samples: 60,
  lossFirst: 2.3,
  lossLast: 1.9,
  noise: -1,
  stepMs: 4.5,
  overruns: 0,
  deviceBytes: 190_000,
  allocatedBytes: 196_608,
  joinToFirstStepMs: 900,
  held: [0, -1, 4],
};

const PROBE = { assignmentId: 'a1', product: -0.25, samples: 60, held: [0, -1, 4], moved: true };

describe('parseDeviceMessage', () => {
  it('lets well-formed messages through as they are', () => {
    expect(parseJoin(JOIN)).toEqual(JOIN);
    expect(parseUpdateHeader(HEADER, 3)).toEqual(HEADER);
    expect(parseProbeHeader(PROBE, 3)).toEqual(PROBE);
    expect(parseReady({ held: [3, -1] }, 2)).toEqual({ held: [3, -1] });
    expect(parseBudget(131_072)).toBe(131_072);
    expect(parseHandshake({ protocol: 1 })).toEqual({ protocol: 1 });
  });

  it('drops fields that the protocol does not know', () => {
    expect(parseJoin({ ...JOIN, admin: true })).toEqual(JOIN);
  });

  it.each([null, undefined, 1, 'join', [], {}, { ...JOIN, device: null }])(
    'refuses %j as a join',
    (value) => {
      expect(() => parseJoin(value)).toThrow(ProtocolError);
    },
  );

  it.each([
    ['budgetBytes', 0],
    ['budgetBytes', 1.5],
    ['budgetBytes', Number.NaN],
    ['budgetBytes', '196608'],
    ['dataSeed', -2],
    ['run', 'x'.repeat(201)],
    ['token', 7],
  ])('names the field of a join whose %s is %j', (field, value) => {
    expect(() => parseJoin({ ...JOIN, [field]: value })).toThrow(new RegExp(`^join\\.${field}: `));
  });

  it.each([
    ['steps', 0],
    ['steps', 1.5],
    ['samples', 0],
    ['samples', -5],
    ['samples', Number.POSITIVE_INFINITY],
    ['lossFirst', Number.POSITIVE_INFINITY],
    ['lossFirst', Number.NaN],
    ['lossLast', Number.NaN],
    ['lossLast', Number.NEGATIVE_INFINITY],
    ['noise', 3],
    ['noise', -1.5],
    ['noise', Number.NaN],
    ['stepMs', -1],
    ['overruns', -1],
    ['deviceBytes', 0.5],
    ['allocatedBytes', -1],
    ['joinToFirstStepMs', Number.NaN],
    ['assignmentId', ''],
    ['held', []],
    ['held', [0, 0]],
    ['held', [0.5]],
    ['held', [-2]],
    ['held', [-1, -1, -2]],
    ['held', [-1, -1, 0.5]],
    ['precisions', ['int2', 'int8', 'int8']],
    ['precisions', ['int4']],
  ])('names the field of an update whose %s is %j', (field, value) => {
    expect(() => parseUpdateHeader({ ...HEADER, [field]: value }, 3)).toThrow(
      new RegExp(`^update\\.${field}`),
    );
  });

  it.each([
    ['product', Number.NaN],
    ['product', Number.POSITIVE_INFINITY],
    ['product', '1'],
    ['product', undefined],
    ['samples', 1],
    ['samples', 2.5],
    ['assignmentId', ''],
    ['held', [0]],
    ['moved', 1],
  ])('names the field of a probe whose %s is %j', (field, value) => {
    expect(() => parseProbeHeader({ ...PROBE, [field]: value }, 3)).toThrow(new RegExp(`^probe\\.${field}`));
  });

  it('refuses control characters in what is shown and kept', () => {
    const device = { ...JOIN.device, name: 'a\u001b[2J' };
    expect(() => parseJoin({ ...JOIN, device })).toThrow('join.device.name: must hold no control characters');
  });

  it.each([[[]], [[0, 0]], [[0, 0, 0, 0]], [[0, 0, -2]], [[0, 0, 0.5]], ['012'], [null]])(
    'refuses the list of held blocks %j of a device that is ready',
    (held) => {
      expect(() => parseReady({ held }, 3)).toThrow(/^ready\.held/);
    },
  );

  it('asks for one held version of each tensor', () => {
    expect(() => parseReady({ held: [1] }, 2)).toThrow("ready.held: must name the model's 2 tensors, got 1");
  });

  it('knows all precisions in which blocks travel', () => {
    const ready = { held: [1, 1, 1, 1], precisions: ['float32', 'float16', 'int8', 'int4'] };
    expect(parseReady(ready, 4)).toEqual(ready);
  });

  it('refuses an attachment that is no buffer', () => {
    expect(() => parseAttachment({ length: 4 }, 'update')).toThrow(
      'attachment must be an ArrayBuffer, got object',
    );
    expect(parseAttachment(new ArrayBuffer(8), 'update').byteLength).toBe(8);
  });
});
