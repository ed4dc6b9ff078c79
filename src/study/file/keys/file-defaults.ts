import { lessonDefaults } from '../../../lesson/lesson-settings.ts'
import { t5Spans } from '../../../tasks/span-corruption.ts'

/** What a study has where it says nothing, but for the settings of lessons: the reader and the schema take it from here. */
export const fileDefaults = {
  seeds: [lessonDefaults.seed],
  revision: 'main',
  /** Of validation and test rows each, where nothing is said of a division. */
  splitShare: 0.05,
  split: { validation: 0, test: 0, seed: 42, shuffle: true, stratify: false },
  spans: { density: t5Spans.density, mean_span: t5Spans.meanSpan },
  labels: { separator: ',', single: false },
  answer: { separator: ' , ', none: 'none', lowercase: true, order: 'classes' },
  generate: { batch: 32 },
  mixture: { by: 'rows', repeat: false, seed: 42 },
  evaluate: { everywhere: false, prefix_test: true },
  weights: 'all',
  report: { minutes: false, marks: false },
  figure: { log: 'train', x: 'updates' },
  cluster: { cpus: 4, memory: '4G', time_factor: 2, memory_factor: 1.5, poll_seconds: 10, warn_seconds: 120 },
} as const
