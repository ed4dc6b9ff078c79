import type { StepRecord } from './step-record.ts'

/** Of a finished step's record what is told of thousands at once. */
export interface StepTold {
  readonly seconds: number
  readonly finished: string
  /** Name of the machine that did it. */
  readonly host: string
  /** Updates of a lesson, examples of a test: what its time grows with. */
  readonly units?: number
  /** SHA-256 of a lesson's weights. */
  readonly weights?: string
  /** What a test has found to be wrong with the answers, by name. */
  readonly health?: readonly string[]
}

export function toldBy({ seconds, finished, host, result }: StepRecord): StepTold {
  return {
    seconds,
    finished,
    host: host.name,
    ...('steps' in result ? { units: result.steps } : 'examples' in result ? { units: result.examples } : {}),
    ...('weightsSha256' in result ? { weights: result.weightsSha256 } : {}),
    ...('health' in result && result.health !== undefined ? { health: result.health } : {}),
  }
}
