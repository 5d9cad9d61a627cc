// The pictures of an experiment as SVG text: those that its file asks for, or the usual ones, each with no more curves than can be
// told apart. Knows nothing of files.

import { capitalised } from '../report/markdown.ts';
import { byCondition } from '../report/sections.ts';
import type { Experiment, Picture } from '../experimentSchema.ts';
import { figureMean, type Summary } from '../summary.ts';
import { METRIC_NAMES } from '../../../shared/tasks/metric.ts';
import { MOST_CURVES } from './chart.ts';
import { drawCurves, drawStaleness, type CurveCost } from './curves.ts';
import { drawDevices } from './devices.ts';
import { drawDots } from './dots.ts';
import { drawLines, isFigure } from './lines.ts';
import { drawMemory } from './memoryBars.ts';

export interface DrawnPicture {
  /** Without its ending. */
  readonly file: string;
  readonly title: string;
  readonly svg: string;
}

/** Conditions of which curves are drawn without being asked for. */
const MOST_CONDITIONS = 4;

export function drawPictures(experiment: Experiment, summaries: readonly Summary[]): DrawnPicture[] {
  const pictures = experiment.pictures ?? usualPictures(experiment, summaries);
  return pictures.flatMap((picture) => {
    const { configs } = picture;
    const wanted = summaries.filter(({ name }) => !configs || configs.includes(name));
    return wanted.length === 0 ? [] : drawOne(picture, experiment, wanted);
  });
}

function usualPictures({ axes }: Experiment, summaries: readonly Summary[]): Picture[] {
  const name = capitalised(METRIC_NAMES[summaries[0]!.outcomes[0]!.metric]);
  const usual = { tfjs: false };
  const curves: Picture[] = [
    { ...usual, name: 'accuracy', title: `${name} over virtual time`, kind: 'curves', x: 'virtualSeconds' },
    { ...usual, name: 'payload', title: `${name} over payload`, kind: 'curves', x: 'payloadBytes' },
  ];
  const others: Picture[] = [
    { ...usual, name: 'memory', title: 'Memory of a device for training, mean over devices', kind: 'memory' },
    { ...usual, name: 'staleness', title: 'Staleness of the updates that stepped', kind: 'staleness' },
  ];
  if (axes.length === 0) return [...curves, ...others];
  return byCondition(summaries).length <= MOST_CONDITIONS ? curves : [];
}

function drawOne(picture: Picture, experiment: Experiment, summaries: readonly Summary[]): DrawnPicture[] {
  const { kind } = picture;
  switch (kind) {
    case 'curves':
      return eachCondition(picture, experiment, summaries, MOST_CURVES, (title, some) =>
        drawCurves(title, picture.x as CurveCost, some),
      );
    case 'staleness':
      return eachCondition(picture, experiment, summaries, MOST_CURVES, drawStaleness);
    case 'devices': {
      const made = summaries.filter((summary) => figureMean(summary, 'personalMean').mean !== null);
      return eachCondition(picture, experiment, made, MOST_CURVES / 2, drawDevices);
    }
    case 'memory':
      return [named(picture, '', '', drawMemory(picture.title, summaries))];
    case 'dots': {
      const { x = '' } = picture;
      const known = summaries.filter((summary) => figureMean(summary, x).mean !== null);
      return known.length === 0 ? [] : [named(picture, '', '', drawDots(picture.title, x, known))];
    }
    case 'lines':
      return eachLines(picture, experiment, summaries);
    default:
      return kind satisfies never;
  }
}

/** A picture for each condition, and more where there are too many curves. */
function eachCondition(
  picture: Picture,
  { against }: Experiment,
  summaries: readonly Summary[],
  most: number,
  drawSome: (title: string, summaries: readonly Summary[]) => string,
): DrawnPicture[] {
  return byCondition(summaries).flatMap(([condition, here]) =>
    inParts(here, most, against[0]).map((some, part) => {
      const title = condition.label === '' ? picture.title : `${picture.title}: ${condition.label}`;
      return named(picture, condition.key, part > 0 ? String(part + 1) : '', drawSome(title, some), title);
    }),
  );
}

/** Lines over an axis, or along the last axis over a figure; a picture for each combination of the others. */
function eachLines(picture: Picture, { axes }: Experiment, summaries: readonly Summary[]): DrawnPicture[] {
  const { x = '' } = picture;
  const along = isFigure(x) ? axes.at(-1) : axes.find(({ name }) => name === x);
  const others = axes.filter((axis) => axis !== along);
  const groups = new Map<string, Summary[]>();
  for (const summary of summaries) {
    const key = others.map(({ name }) => summary.condition.values[name]!).join(' ');
    groups.set(key, [...(groups.get(key) ?? []), summary]);
  }
  return [...groups].flatMap(([key, here]) => {
    const names = [...new Set(here.map(({ name }) => name))];
    const lines = names.map((name) => here.filter((summary) => summary.name === name));
    const { values } = here[0]!.condition;
    const label = others
      .map((axis) => axis.values.find(({ name }) => name === values[axis.name])!.label)
      .join(', ');
    const title = label === '' ? picture.title : `${picture.title}: ${label}`;
    return inParts(lines, MOST_CURVES).map((some, part) =>
      named(
        picture,
        key,
        part > 0 ? String(part + 1) : '',
        drawLines(title, picture, isFigure(x) ? null : along!, some),
        title,
      ),
    );
  });
}

/** As few parts as will do, each with what all are compared with as its first. */
function inParts<T extends object>(items: readonly T[], most: number, firstName?: string): T[][] {
  if (items.length <= most) return [[...items]];
  const first = items.find((item) => 'name' in item && item.name === firstName);
  const rest = items.filter((item) => item !== first);
  const size = first ? most - 1 : most;
  const parts = Array.from({ length: Math.ceil(rest.length / size) }, (_, i) =>
    rest.slice(i * size, (i + 1) * size),
  );
  return parts.map((part) => (first ? [first, ...part] : part));
}

function named(
  picture: Picture,
  key: string,
  part: string,
  svg: string,
  title = picture.title,
): DrawnPicture {
  const file = [picture.name, key.replaceAll(' ', '-'), part].filter((text) => text !== '').join('-');
  return { file, title, svg };
}
