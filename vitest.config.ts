// Four projects: `shared` (tests of what is pure: files of one worker share their modules, which halves the work), `unit` (tests
// beside their units; three files at a time, as some wait), `e2e` (real browsers, which mostly wait; two at a time) and `gpu`
// (WebGPU on Chromium's software adapter, which takes all cores, at a raised priority: one by one, with nothing beside).

import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { defineConfig } from 'vitest/config';

/** They take minutes: begun first, they do not keep all others waiting at the end. */
const LONGEST = /(disk|network|trainTasks|door|gateway|badDevice)\.test\.ts$/;
const GPU = ['e2e/webgpu.spec.ts', 'e2e/webgpuDevice.spec.ts', 'e2e/tfjsDevice.spec.ts'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted].sort((a, b) => Number(LONGEST.test(b.moduleId)) - Number(LONGEST.test(a.moduleId)));
  }
}

const alone = { testTimeout: 120_000, hookTimeout: 60_000 };
/** For those that start servers and threads. */
const programs = { globalSetup: 'scripts/bundlePrograms.mjs' };
const browsers = { testTimeout: 180_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { name: 'shared', include: ['shared/**/*.test.ts'], isolate: false, maxWorkers: 2, ...alone } },
      {
        test: {
          name: 'unit',
          include: ['{client,server,scripts,bench,e2e,attack,chaos}/**/*.test.ts'],
          maxWorkers: 3,
          ...alone,
          ...programs,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.spec.ts'],
          exclude: GPU,
          isolate: false,
          maxWorkers: 2,
          ...browsers,
          ...programs,
        },
      },
      { test: { name: 'gpu', include: GPU, maxWorkers: 1, ...browsers, ...programs } },
    ],
  },
});
