import { type MetricScores, storedMetric } from './steps/evaluate.ts'
import type { StudyTask } from './study.ts'

type NamedMetric = Pick<MetricScores, 'name' | 'metric' | 'fields'>

/** What a score is called in tables and figures: `bleu`, `rougeL`, `chrf2.chrf`. */
export function scoreName({ name, metric, fields }: NamedMetric, field: string): string {
  return fields.length === 1 ? name : name === metric ? field : `${name}.${field}`
}

const usual: Readonly<Record<string, readonly string[]>> = {
  rouge: ['rougeL', 'rouge1', 'rouge2'],
  labels: ['exact', 'macro_f1', 'samples_f1'],
}

/** The scores of a metric that are shown where nothing else is asked for, the deciding one first. */
export function usualFields({ metric, fields }: Pick<NamedMetric, 'metric' | 'fields'>): readonly string[] {
  return usual[metric] ?? fields
}

/** Names of the scores that a task's answers get, and of those that are shown by themselves. */
export function scoreNames(task: StudyTask): { readonly all: readonly string[]; readonly usual: readonly string[] } {
  const metrics = task.metrics.map((request): NamedMetric => {
    const options =
      task.texts.kind === 'labels' ? { ...request.options, labels: task.texts.labels.classes } : request.options
    return { ...request, fields: storedMetric({ ...request, options }).fields }
  })
  // Chinese answers are scored by "zh" with "13a" beside it, which shows only once there are answers.
  const maybe = task.metrics
    .filter(({ metric, options }) => metric === 'bleu' && options.tokenize === undefined)
    .map(({ name }) => `${name}-13a`)
  const names = (fieldsOf: (metric: NamedMetric) => readonly string[]): string[] =>
    metrics.flatMap((metric) => fieldsOf(metric).map((field) => scoreName(metric, field)))
  return { all: [...names(({ fields }) => fields), ...maybe], usual: names(usualFields) }
}
