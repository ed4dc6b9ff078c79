import type { LivePoint } from './live-data.ts'

/** How many bytes of a lesson's two logs have been read. */
export interface LogPlaces {
  readonly updates: number
  readonly evaluations: number
}

/** The name of the curve of a lesson's own losses. */
const trainingCurve = 'training loss'

/**
 * The points of a lesson's curves that lines of its logs hold: its training loss; of evaluations the validation loss and every
 * score of the answers.
 *
 * @param evaluations lines of `evaluations.jsonl`
 */
export function lessonCurves(updates: readonly object[], evaluations: readonly object[]): Map<string, LivePoint[]> {
  const curves = new Map<string, LivePoint[]>()
  const put = (name: string, step: unknown, value: unknown): void => {
    if (typeof step !== 'number') return
    const points = curves.get(name) ?? []
    curves.set(name, points)
    points.push([step, typeof value === 'number' ? value : null])
  }
  for (const { step, loss } of updates as readonly EvaluationLine[]) put(trainingCurve, step, shortened(loss))
  for (const { step, loss, scores = {} } of evaluations as readonly EvaluationLine[]) {
    put(validationCurve('loss'), step, loss)
    for (const [name, value] of Object.entries(scores ?? {})) put(validationCurve(name), step, value)
  }
  return curves
}

/** Updates are many, and nothing is compared with one of their losses. */
function shortened(loss: unknown): unknown {
  return typeof loss === 'number' ? Number(loss.toPrecision(5)) : loss
}

/** @param what `loss`, or a score's name */
export function validationCurve(what: string): string {
  return `validation ${what}`
}

interface EvaluationLine {
  readonly step?: unknown
  readonly loss?: unknown
  readonly scores?: Readonly<Record<string, unknown>> | null
}
