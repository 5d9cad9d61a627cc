// The world of an experiment with what a configuration changes of it. Pure.

import { parseWith } from '../../shared/schema/parseWith.ts';
import { parseWorld, type World } from '../../shared/simulate/world.ts';
import { merge } from './experimentFile.ts';
import * as v from 'valibot';

const patchSchema = v.strictObject({
  churn: v.optional(v.record(v.string(), v.unknown())),
  /** Fields by the name of the class. */
  classes: v.optional(v.record(v.string(), v.record(v.string(), v.unknown()))),
});

/** Classes are changed by name, field by field. Throws TypeError naming the field. */
export function patchWorld(world: World, change: unknown): World {
  if (change === undefined) return world;
  const { churn, classes = {} } = parseWith(patchSchema, change, 'simulation.world');
  const names = world.classes.map(({ name }) => name);
  for (const name of Object.keys(classes))
    if (!names.includes(name))
      throw new TypeError(
        `simulation.world.classes: must name classes of the world, ${names.join(', ')}, got "${name}"`,
      );
  return parseWorld({
    ...world,
    ...(churn && { churn: merge(world.churn ?? {}, churn) }),
    classes: world.classes.map((each) => merge(each, classes[each.name] ?? {})),
  });
}
