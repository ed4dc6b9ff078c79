import { type LabelSpec, labelTarget } from './labels.ts'

/** A label set that a model might answer, and its text. */
export interface LabelCandidate {
  readonly labels: readonly string[]
  readonly target: string
}

/**
 * The answers among which a model's confidence in each label is measured.
 *
 * Of a single label: each class, and none. Of several: the answer that the model gives and every set that differs from it in
 * one label, so that each label has answers with it and without it.
 *
 *   classes [a, b, c], answered [a, b]   [a, b], [b], [a], [a, b, c]
 */
export function labelCandidates(answered: readonly string[], spec: LabelSpec, single: boolean): LabelCandidate[] {
  const sets = single
    ? [[], ...spec.classes.map((label) => [label])]
    : [[...answered], ...spec.classes.map((label) => flipped(answered, label))]
  return sets.map((labels) => ({ labels, target: labelTarget(labels, spec) }))
}

function flipped(labels: readonly string[], label: string): string[] {
  return labels.includes(label) ? labels.filter((one) => one !== label) : [...labels, label]
}

/**
 * Log-odds of each class being in the answer, from log-likelihoods of the candidates: the answers with it against those
 * without it.
 *
 * @returns in the order of `classes`, each within ±50
 */
export function labelLogOdds(
  candidates: readonly Pick<LabelCandidate, 'labels'>[],
  logLikelihoods: readonly number[],
  classes: readonly string[],
): number[] {
  return classes.map((label) => {
    const having = logLikelihoods.filter((_, i) => candidates[i]!.labels.includes(label))
    const lacking = logLikelihoods.filter((_, i) => !candidates[i]!.labels.includes(label))
    return Math.min(most, Math.max(-most, logSum(having) - logSum(lacking)))
  })
}

/** Beyond it a probability is 0 or 1 for all purposes, and a fit would look at nothing else. */
const most = 50

/** log Σ exp */
function logSum(values: readonly number[]): number {
  const largest = Math.max(...values)
  if (!Number.isFinite(largest)) return largest
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0))
}
