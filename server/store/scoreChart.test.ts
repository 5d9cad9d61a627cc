import { expect, it } from 'vitest';
import { drawScoreChart } from './scoreChart.ts';

const numMarks = (svg: string) => svg.match(/<path d="M1 0A1/g)?.length ?? 0;
const EVALUATIONS = [0.1, 0.6, 0.92].map((score, i) => ({
  version: i,
  atMs: i * 5000,
  score,
  accuracy: score,
  loss: 1,
}));

const chartOf = (count: number) =>
  drawScoreChart({
    title: 'digits, ftte',
    metric: 'accuracy',
    evaluations: EVALUATIONS.slice(0, count),
    target: 0.9,
  });

it('draws an SVG with the title, the target and a mark for each evaluation', () => {
  expect(chartOf(3)).toMatch(/^<svg[^>]* width="800"/);
  expect(chartOf(3)).toContain('digits, ftte');
  expect(chartOf(3)).toContain('held-out accuracy');
  expect(chartOf(3)).toContain('target 90 %');
  expect(numMarks(chartOf(3)) - numMarks(chartOf(0))).toBe(3);
});

it('draws errors on their own scale', () => {
  const svg = drawScoreChart({ title: 't', metric: 'mse', evaluations: EVALUATIONS, target: 0.25 });
  expect(svg).toContain('held-out mean squared error');
  expect(svg).toContain('target 0.25');
  expect(svg).not.toContain('%');
});
