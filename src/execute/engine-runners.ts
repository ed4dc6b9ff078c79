import { refuseArguments } from '../base/fault.ts'
import type { TeachEvent } from '../lesson/protocol.ts'
import type { StepRunners, WorkContext } from '../study/steps/runners.ts'
import { predictInChild, teachInChild } from '../train/child.ts'

// Of a context more may be known than runners need.
const runnerKinds = {
  work: 'object',
  context: {
    is(value: unknown) {
      const { signal, onProgress, onNotice } = Object(value) as Partial<WorkContext>
      return signal instanceof AbortSignal && [onProgress, onNotice].every((one) => typeof one === 'function')
    },
    words: 'an object with "signal", onProgress() and onNotice()',
  },
} as const

/** Runs a study's lessons and answers on the engine, each in a process of its own. */
export const engineRunners: StepRunners = {
  async teach(work, context) {
    refuseArguments({ work, context }, runnerKinds)
    const { judge, ...request } = work
    let from = 0
    let total = 0
    return await teachInChild(request, {
      signal: context.signal,
      ...(judge === undefined ? {} : { judge }),
      onEvent(event: TeachEvent) {
        if (event.type === 'started') {
          from = event.resumedAt
          total = event.steps
          context.onProgress({
            done: from,
            total,
            unit: 'updates',
            from,
            detail: from > 0 ? 'going on from its saved state' : 'begins',
          })
        } else if (event.type === 'step') {
          context.onProgress({
            done: event.step,
            total,
            unit: 'updates',
            from,
            detail: `loss ${event.loss.toFixed(3)}`,
          })
        } else if (event.type === 'answering') {
          const detail = `answering validation rows, ${event.done}/${event.total}`
          context.onProgress({ done: event.step, total, unit: 'updates', from, detail })
        } else if (event.type === 'warning') context.onNotice(event.message)
      },
    })
  },
  async predict(work, context) {
    refuseArguments({ work, context }, runnerKinds)
    return await predictInChild(work, {
      signal: context.signal,
      onEvent: (event) => {
        if (event.type === 'warning') context.onNotice(event.message)
        else context.onProgress({ done: event.done, total: event.total, unit: 'answers', from: event.from })
      },
    })
  },
}
