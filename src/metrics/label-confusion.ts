/** Stands for no label at all in {@link labelConfusion}. */
export const noLabel = '(no label)'

/**
 * Which labels were missed, and what was given instead.
 *
 * A row a label of the references, a column a label of the answers, in the order of `labels` with {@link noLabel} behind them.
 * On the diagonal stand examples that have the label in both; beside it examples whose answer misses the row's label and has
 * the column's though the example has not. A label that is missed with nothing wrong in its place counts under
 * `noLabel`, as does one that is given where nothing is missed.
 *
 * @returns counts, `[labels + 1][labels + 1]`
 * Source: of examples with one label each the same as scikit-learn's `confusion_matrix`.
 */
export function labelConfusion(
  predictions: readonly (readonly string[])[],
  references: readonly (readonly string[])[],
  labels: readonly string[],
): number[][] {
  const counts = [...labels, noLabel].map(() => [...labels, noLabel].map(() => 0))
  const none = labels.length
  const at = new Map(labels.map((label, index) => [label, index]))
  const indices = (set: readonly string[]): Set<number> => new Set(set.flatMap((label) => at.get(label) ?? []))
  for (const [example, reference] of references.entries()) {
    const [wanted, given] = [indices(reference), indices(predictions[example]!)]
    for (const label of wanted) if (given.has(label)) counts[label]![label]!++
    if (wanted.size === 0 && given.size === 0) counts[none]![none]!++
    const missed = [...wanted].filter((label) => !given.has(label))
    const extra = [...given].filter((label) => !wanted.has(label))
    if (missed.length + extra.length === 0) continue
    for (const row of missed.length === 0 ? [none] : missed) {
      for (const column of extra.length === 0 ? [none] : extra) counts[row]![column]!++
    }
  }
  return counts
}
