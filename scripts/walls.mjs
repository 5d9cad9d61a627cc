// The walls between the parts: who may not import or use what. oxlint.config.mjs makes the linter's configuration of them,
// walls.test.ts sees that each holds in every room. Plain Node; what the compiler holds (tsconfig.json of each room) is not said again.
//
// rooms, except   paths, from the root, of folders or files
// imports         what may not be imported, as .gitignore has patterns
// packages        what may be imported of packages and modules of Node
// globals         what may not be used; members: as [object, property]
// tests           tests and what is made for them are held to it, too

import { readFileSync } from 'node:fs';

const OTHER_PROGRAMS = ['**/e2e/**', '**/attack/**', '**/chaos/**', '**/bench/**', '**/experiments/**'];

/** Rooms of `shared`, as patterns. */
const shared = (...rooms) => rooms.map((room) => `**/${room}/**`);

const { dependencies, devDependencies } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

/** What is to be had besides the repository's own files. */
export const PACKAGES = Object.keys({ ...dependencies, ...devDependencies });

export const WALLS = [
  {
    says: 'shared imports nothing outside shared.',
    rooms: ['shared'],
    imports: ['**/client/**', '**/server/**', '**/scripts/**', ...OTHER_PROGRAMS],
    tests: true,
  },
  {
    says: 'what is shared runs anywhere: no modules of Node, and of packages only those that need no platform.',
    rooms: ['shared'],
    except: ['shared/engine'],
    packages: ['valibot', 'tinyqueue'],
  },
  {
    says: 'the engine needs no package.',
    rooms: ['shared/engine'],
    except: ['shared/engine/tfjs'],
    packages: [],
  },
  {
    says: 'client and server meet in shared only.',
    rooms: ['client'],
    imports: ['**/server/**', ...OTHER_PROGRAMS],
    tests: true,
  },
  {
    says: 'no browser has modules of Node.',
    rooms: ['client'],
    imports: ['node:*'],
  },
  {
    says: 'client and server meet in shared only.',
    rooms: ['server'],
    imports: ['**/client/**', ...OTHER_PROGRAMS],
    tests: true,
  },
  {
    says: 'the engine takes bytes and returns bytes: it knows nothing of protocol, tasks or federation.',
    rooms: ['shared/engine'],
    imports: shared(
      'contract',
      'tasks',
      'federation',
      'selection',
      'settings',
      'localWork',
      'device',
      'evaluate',
      'simulate',
      'tables',
    ),
    tests: true,
  },
  {
    says: 'what crosses a connection knows nothing of who sends and who hears.',
    rooms: ['shared/contract'],
    imports: shared('federation', 'selection', 'device', 'evaluate', 'simulate'),
  },
  {
    says: 'local work is the same in a tab and in a simulation: it knows nothing of either.',
    rooms: ['shared/localWork'],
    imports: shared('federation', 'selection', 'settings', 'device', 'evaluate', 'simulate'),
  },
  {
    says: 'the device knows nothing of how updates are aggregated.',
    rooms: ['shared/device'],
    imports: shared('federation', 'selection', 'settings', 'evaluate', 'simulate'),
  },
  {
    says: 'tables are bytes and columns: they know nothing of tasks, models or runs.',
    rooms: ['shared/tables'],
    imports: shared('engine', 'tasks', 'contract', 'federation', 'settings', 'simulate'),
    tests: true,
  },
  {
    says: 'the coordinator is told what it needs: it knows nothing of selection, devices or simulations.',
    rooms: ['shared/federation'],
    imports: shared('selection', 'device', 'evaluate', 'simulate'),
  },
  {
    says: 'the selection knows nothing of devices, messages or runs.',
    rooms: ['shared/selection'],
    imports: shared('contract', 'settings', 'device', 'evaluate', 'simulate'),
  },
  {
    says: 'settings know nothing of what is done with them.',
    rooms: ['shared/settings'],
    imports: shared('selection', 'device', 'evaluate', 'simulate'),
  },
  {
    says: 'clock and chance are handed in.',
    rooms: ['shared'],
    globals: ['Date'],
    members: [['Math', 'random']],
  },
  {
    says: 'only the gateway and the session of the device know Socket.IO.',
    rooms: ['shared', 'client', 'server'],
    except: ['server/gateway', 'client/device/session.ts'],
    imports: ['socket.io*', 'engine.io*'],
  },
  {
    says: "only the device's Worker and the page's end of it know Comlink.",
    rooms: ['shared', 'client', 'server'],
    except: ['client/device/deviceBridge.ts', 'client/device/deviceWorker.ts'],
    imports: ['comlink'],
    tests: true,
  },
  {
    says: 'TensorFlow.js is the oracle, and a backend that is fetched when it is wanted: only shared/engine/tfjs knows it.',
    rooms: ['shared', 'client', 'server'],
    except: ['shared/engine/tfjs', 'client/device/tfjsBackend.ts'],
    imports: ['@tensorflow/*', '**/tfjs/**'],
  },
  {
    says: 'only its trainer knows WebAssembly, and the script that sees whether a browser will do.',
    rooms: ['shared', 'client', 'server'],
    except: ['shared/engine/wasm', 'client/public'],
    globals: ['WebAssembly'],
  },
  {
    says: 'only its trainers, and the Worker that asks for one, know WebGPU.',
    rooms: ['shared', 'client', 'server'],
    except: ['shared/engine/webgpu', 'shared/engine/tfjs', 'client/device'],
    members: [['navigator', 'gpu']],
  },
  {
    says: 'only what opens it knows the trainer of WebGPU.',
    rooms: ['shared', 'client', 'server'],
    except: ['client/device/gpuBackend.ts'],
    imports: ['**/engine/webgpu/**'],
  },
  {
    says: 'the device knows nothing of the pages that show it.',
    rooms: ['client/device'],
    imports: ['**/join/**', '**/dashboard/**'],
    tests: true,
  },
  {
    says: 'what pages share knows none of them.',
    rooms: ['client/common'],
    imports: ['**/join/**', '**/dashboard/**', '**/device/**'],
    tests: true,
  },
  {
    says: 'the two pages know nothing of each other.',
    rooms: ['client/join'],
    imports: ['**/dashboard/**'],
    tests: true,
  },
  {
    says: 'the dashboard knows the feed, and no device.',
    rooms: ['client/dashboard'],
    imports: ['**/join/**', '**/device/**'],
    tests: true,
  },
  {
    says: 'a run is told of devices and of who looks: it knows neither sockets nor pages.',
    rooms: ['server/run'],
    imports: ['**/gateway/**', '**/http/**', '**/commands/**'],
  },
  {
    says: 'the store knows files and events, and nothing of sockets or of what is done with a run.',
    rooms: ['server/store'],
    imports: ['**/gateway/**', '**/http/**', '**/guard/**', '**/run/**', '**/simulate/**'],
  },
  {
    says: 'a simulation knows neither sockets nor files of runs.',
    rooms: ['server/simulate', 'shared/simulate'],
    imports: ['**/gateway/**', '**/http/**', '**/guard/**', '**/run/**', '**/store/**'],
  },
  {
    says: 'evaluation and search know a model and samples: nothing of devices, sockets or files.',
    rooms: ['server/evaluate', 'server/search'],
    imports: ['**/gateway/**', '**/http/**', '**/guard/**', '**/run/**', '**/store/**', '**/simulate/**'],
  },
  {
    says: 'data and settings know nothing of what is done with them.',
    rooms: ['server/data', 'server/settings'],
    imports: ['**/gateway/**', '**/http/**', '**/guard/**', '**/run/**', '**/store/**', '**/simulate/**'],
  },
];

const IMPORTS = 'no-restricted-imports';
const GLOBALS = 'no-restricted-globals';
const MEMBERS = 'no-restricted-properties';

/** Whether the file or folder is the room or lies in it. */
export const isWithin = (path, room) => path === room || path.startsWith(`${room}/`);

/** The walls that hold there, for a test or not. */
export function wallsAt(path, isTest) {
  return WALLS.filter(
    ({ rooms, except = [], tests = false }) =>
      (tests || !isTest) &&
      rooms.some((room) => isWithin(path, room)) &&
      !except.some((room) => isWithin(path, room)),
  );
}

/** All paths that a wall names: what holds in one of them may not hold in the next. Outer ones come first. */
export const PLACES = [...new Set(WALLS.flatMap(({ rooms, except = [] }) => [...rooms, ...except]))].sort(
  (a, b) => a.length - b.length,
);

/**
 * Overrides of the linter's configuration. As the last one that fits a file has the word, there is one for each place, with
 * all that holds there; those for tests come behind.
 */
export function wallOverrides() {
  return [false, true].flatMap((isTest) =>
    PLACES.map((place) => ({ files: filesOf(place, isTest), rules: rulesOf(wallsAt(place, isTest)) })).filter(
      ({ files }) => files.length > 0,
    ),
  );
}

function filesOf(place, isTest) {
  if (place.endsWith('.ts')) return isTest ? [] : [place];
  return isTest
    ? [`${place}/**/*.test.ts`, `${place}/**/testing/**`, `${place}/testing/**`, `${place}/*.test.ts`]
    : [`${place}/**`];
}

function rulesOf(walls) {
  const patterns = walls.flatMap(({ imports, packages, says }) => [
    ...(imports ? [{ group: imports, message: says }] : []),
    ...(packages ? [{ regex: othersThan(packages), message: says }] : []),
  ]);
  const globals = walls.flatMap(({ globals: names = [], says }) =>
    names.map((name) => ({ name, message: says })),
  );
  const members = walls.flatMap(({ members: pairs = [], says }) =>
    pairs.map(([object, property]) => ({ object, property, message: says })),
  );
  return {
    [IMPORTS]: ruleOf(patterns.length > 0 && [{ patterns }]),
    [GLOBALS]: ruleOf(globals.length > 0 && globals),
    [MEMBERS]: ruleOf(members.length > 0 && members),
  };
}

/** A regular expression, as the linter knows no exceptions from patterns. */
function othersThan(packages) {
  const others = PACKAGES.filter((name) => !packages.includes(name));
  return `^(node:|(${others.join('|').replaceAll('.', '\\.')})(/|$))`;
}

const ruleOf = (options) => (options ? ['error', ...options] : 'off');
