import type { MetricOption } from './metric.ts'

/** Options that several metrics have. */

/** Longer n-grams are in hardly any text, and each length takes memory. */
export const longestNgrams = 100

export const lowercaseOption = {
  name: 'lowercase',
  type: 'switch',
  help: 'ignore case',
  inStudy: 'compare in lower case',
} as const satisfies MetricOption
