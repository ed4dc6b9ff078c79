import { rmSync } from 'node:fs'
import type { TeachRequest } from '../lesson/protocol.ts'
import type { WorkContext } from '../study/steps/runners.ts'
import { teachInChild } from '../train/child.ts'

/** What a lesson of a few updates has shown. */
export interface Trial {
  /** All but updates and evaluations: the start of the process, weights, rows, graphs, and the end of it. */
  readonly overheadSeconds: number
  readonly updates: number
  /** Of one update, the first left out. */
  readonly secondsPerUpdate: number
  /** Of one evaluation without its answers, and of these. */
  readonly lossSeconds: number
  readonly answerSeconds: number | undefined
  /** From the last update or evaluation to the end of the process: the taught model is written. */
  readonly endSeconds: number
  /** Processor time of all updates and evaluations, the threads together. */
  readonly cpuSeconds: number
  readonly peakMemoryBytes: number
  readonly parameters: number
  readonly optimizerBytes: number
}

/**
 * Teaches a few updates of a lesson, with evaluations in the middle and at the end where it has any, in a process of its own as
 * a lesson does.
 */
export async function trial(request: TeachRequest, updates: number, { signal }: WorkContext): Promise<Trial> {
  rmSync(request.stateFolder, { recursive: true, force: true })
  rmSync(request.outFolder, { recursive: true, force: true })
  const clock = new TrialClock()
  const every = Math.ceil((updates + 1) / 2)
  const result = await teachInChild(
    {
      ...request,
      sampledUpdates: updates,
      ...(request.evaluate === undefined ? {} : { evaluate: { ...request.evaluate, every } }),
    },
    {
      signal,
      // What the answers are worth is not asked here.
      judge: () => ({}),
      onEvent: (event) => {
        if (event.type === 'started') clock.started(event)
        else if (event.type === 'step') clock.update()
        else if (event.type === 'evaluation') clock.evaluation(event.answerSeconds ?? 0)
      },
    },
  )
  return { ...clock.times(), cpuSeconds: result.cpuSeconds ?? 0, peakMemoryBytes: result.peakRssBytes }
}

/** Times what a lesson tells of itself as the parent sees it, so that nothing between two events is lost. */
class TrialClock {
  readonly #begun = performance.now()
  #last = this.#begun
  #size = { parameters: 0, optimizerBytes: 0 }
  readonly #updates: number[] = []
  readonly #evaluations: { readonly lossSeconds: number; readonly answerSeconds: number }[] = []

  started({ parameters, optimizerBytes }: { readonly parameters: number; readonly optimizerBytes: number }): void {
    this.#size = { parameters, optimizerBytes }
  }

  update(): void {
    this.#updates.push(this.#lap())
  }

  evaluation(answerSeconds: number): void {
    this.#evaluations.push({ lossSeconds: this.#lap() - answerSeconds, answerSeconds })
  }

  times(): Omit<Trial, 'cpuSeconds' | 'peakMemoryBytes'> {
    const endSeconds = this.#lap()
    const seconds = (performance.now() - this.#begun) / 1000
    // The first update comes after all that is read, and builds the graph; so does the first evaluation.
    const later = this.#updates.slice(1)
    const secondsPerUpdate = later.reduce((sum, value) => sum + value, 0) / Math.max(1, later.length)
    const evaluation = this.#evaluations.at(-1)
    const lossSeconds = evaluation?.lossSeconds ?? 0
    const answerSeconds = this.#evaluations.reduce((sum, one) => sum + one.answerSeconds, 0)
    return {
      overheadSeconds: Math.max(
        0,
        seconds - this.#updates.length * secondsPerUpdate - this.#evaluations.length * lossSeconds - answerSeconds,
      ),
      updates: this.#updates.length,
      secondsPerUpdate,
      lossSeconds,
      answerSeconds: evaluation?.answerSeconds,
      endSeconds,
      ...this.#size,
    }
  }

  #lap(): number {
    const now = performance.now()
    const seconds = (now - this.#last) / 1000
    this.#last = now
    return seconds
  }
}
