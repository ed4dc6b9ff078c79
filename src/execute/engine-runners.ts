import type { TeachEvent } from '../lesson/protocol.ts'
import type { StepRunners } from '../study/steps/runners.ts'
import { predictInChild, teachInChild } from '../train/child.ts'

/** Runs a study's lessons and answers on the engine, each in a process of its own. */
export const engineRunners: StepRunners = {
  async teach({ judge, ...request }, context) {
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
  async predict(request, context) {
    return await predictInChild(request, {
      signal: context.signal,
      onEvent: (event) => {
        if (event.type === 'warning') context.onNotice(event.message)
        else context.onProgress({ done: event.done, total: event.total, unit: 'answers', from: event.from })
      },
    })
  },
}
