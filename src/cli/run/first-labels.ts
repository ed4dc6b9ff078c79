import type { Step } from '../../study/steps/step-kinds.ts'

/** Labels of the first steps, at most so many. */
export function firstLabels(steps: Iterable<Step>, most: number): string[] {
  const labels: string[] = []
  for (const { label } of steps) {
    if (labels.length >= most) break
    labels.push(label)
  }
  return labels
}
