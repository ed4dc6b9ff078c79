import { defineConfig } from 'vitest/config'

// .ci/run names a file here, from which it counts the tests.
const report = process.env.TEST_REPORT

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    globalSetup: 'test/rig/temporary-folders.ts',
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      // Unit tests share their workers and what these have imported, which saves a third of the time.
      {
        extends: true,
        test: { name: 'unit', include: ['src/**/*.test.ts', 'test/rules/**/*.test.ts'], isolate: false },
      },
      // The program as a whole: each file has a process of its own. Last, so that a slip in one part is told of first.
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/end-to-end/**/*.test.ts', 'examples/**/*.test.ts'],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
