import { describe, expect, it } from 'vitest'
import type { QueuedJob } from './queue.ts'
import { QueueWatch } from './queue-watch.ts'

const job = (id: string, state: QueuedJob['state']): QueuedJob => ({ id, state, reason: '', nodes: '', comment: '' })

function watchOf(answers: QueuedJob[][], pollMs: number) {
  const controller = new AbortController()
  const asked: number[] = []
  const watch = new QueueWatch({
    async ask() {
      asked.push(answers.length)
      return answers.shift() ?? []
    },
    pollMs,
    signal: controller.signal,
  })
  return { watch, asked, controller }
}

describe('QueueWatch', () => {
  it('asks once for all who ask at the same time, and not again before it is time', async () => {
    const { watch, asked, controller } = watchOf([[job('1', 'running')]], 1e8)
    await Promise.all(Array.from({ length: 50 }, () => watch.look()))
    expect(watch.jobs.get('1')?.state).toBe('running')
    const ends = Promise.all([watch.look(), watch.look(), watch.endOf('1', () => {})])
    controller.abort()
    expect((await ends)[2]).toBe('stopped')
    expect(asked).toHaveLength(1)
  })

  it('tells of a job by answers that were asked for after it was submitted', async () => {
    const answers = [[], [job('1', 'running'), job('2', 'waiting')], [job('1', 'completed')]]
    const { watch } = watchOf(answers, 1)
    await watch.look()
    const looks: string[] = []
    const ends = await Promise.all(['1', '2'].map((id) => watch.endOf(id, ({ state }) => looks.push(state))))
    expect(ends).toEqual([job('1', 'completed'), 'gone'])
    expect(looks).toEqual(['running', 'waiting'])
  })
})
