import { isLowBetter, type MetricName, metricByName, metricKind, possibleSuffixes } from '../metrics/registry.ts'
import type { StudyTask } from './study.ts'

interface NamedMetric {
  readonly name: string
  readonly metric: MetricName
  readonly fields: readonly string[]
}

/** What a score is called in tables and figures: `bleu`, `rougeL`, `chrf2.chrf`. */
export function scoreName({ name, metric, fields }: NamedMetric, field: string): string {
  return fields.length === 1 ? name : name === metric ? field : `${name}.${field}`
}

/** The scores of a metric that are shown where nothing else is asked for, the deciding one first. */
export function usualFields({ metric }: Pick<NamedMetric, 'metric'>): readonly string[] {
  return metricKind(metric).usual
}

export interface ScoreNames {
  readonly all: readonly string[]
  /** Those that are shown by themselves. */
  readonly usual: readonly string[]
  /** Those of which less is better. */
  readonly lowIsBetter: readonly string[]
}

/** Names of the scores that a task's answers get. */
export function scoreNames(task: StudyTask): ScoreNames {
  const metrics = task.metrics.flatMap((request): NamedMetric[] => {
    const { name, metric } = request
    const options =
      task.texts.kind === 'labels' ? { ...request.options, labels: task.texts.labels.classes } : request.options
    return [{ name, metric, fields: metricByName(metric, options).fields }]
  })
  const maybe = task.metrics.flatMap(({ name, metric, options }) =>
    possibleSuffixes(metricKind(metric), options).map((suffix) => `${name}${suffix}`),
  )
  const names = (fieldsOf: (metric: NamedMetric) => readonly string[]): string[] =>
    metrics.flatMap((metric) => fieldsOf(metric).map((field) => scoreName(metric, field)))
  return {
    all: [...names(({ fields }) => fields), ...maybe],
    usual: names(usualFields),
    lowIsBetter: names(({ metric, fields }) => fields.filter((field) => isLowBetter(metric, field))),
  }
}
