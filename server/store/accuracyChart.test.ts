import { expect, it } from 'vitest';
import { drawAccuracyChart } from './accuracyChart.ts';

const numMarks = (svg: string) => svg.match(/<path d="M1 0A1/g)?.length ?? 0;

it('draws an SVG with the title, the target and a mark for each evaluation', () => {
  const evaluations = [0.1, 0.6, 0.92].map((accuracy, i) => ({
    version: i,
    atMs: i * 5000,
    accuracy,
    loss: 1,
  }));
  const chartOf = (count: number) =>
    drawAccuracyChart({ title: 'digits, ftte', evaluations: evaluations.slice(0, count), target: 0.9 });
  expect(chartOf(3)).toMatch(/^<svg[^>]* width="800"/);
  expect(chartOf(3)).toContain('digits, ftte');
  expect(chartOf(3)).toContain('target 90 %');
  expect(numMarks(chartOf(3)) - numMarks(chartOf(0))).toBe(3);
});
