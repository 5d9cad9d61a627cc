import { expect, it } from 'vitest';
import { createFaultLog } from './faultLog.ts';

function logAt(clock: { ms: number }) {
  const told: string[] = [];
  const log = createFaultLog(
    (text) => told.push(text),
    () => clock.ms,
  );
  return { log, told };
}

it('tells a fault with its stack, and the same fault once', () => {
  const { log, told } = logAt({ ms: 0 });
  const error = new Error('odd');
  log.report('GET /\n', error);
  log.report('GET /other', error);
  expect(told).toHaveLength(1);
  expect(told[0]).toContain('"GET /\\n"');
  expect(told[0]).toContain('faultLog.test.ts');
});

it('tells ten faults at once, then one each ten seconds, and 200 in all', () => {
  const clock = { ms: 0 };
  const { log, told } = logAt(clock);
  let count = 0;
  const report = (): void => log.report('GET /', `fault ${count++}`);
  for (let i = 0; i < 50; i++) report();
  expect(told).toHaveLength(10);
  clock.ms += 10_000;
  report();
  report();
  expect(told).toHaveLength(11);
  for (let i = 0; i < 1000; i++) {
    clock.ms += 10_000;
    report();
  }
  expect(told).toHaveLength(200);
});
