import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** They change what a module keeps for its whole process. */
const ALONE = ['**/spilled-stages.test.ts', '**/failed-flush.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    // Its own choice leaves a core free, which is half of a machine with two.
    maxWorkers: Math.max(2, availableParallelism()),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['src/**/*.test.ts', 'tests/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...ALONE],
          // One process plays many files: a third less work for the machine.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
    ],
  },
});
