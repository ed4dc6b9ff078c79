import type { MetricOption } from './metric.ts'

/** Options that several metrics have. */

export const lowercaseOption = {
  name: 'lowercase',
  type: 'switch',
  help: 'ignore case',
  inStudy: 'compare in lower case',
} as const satisfies MetricOption
