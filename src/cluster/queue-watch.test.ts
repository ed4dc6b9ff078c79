import { describe, expect, it, onTestFinished, vi } from 'vitest'
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

  it('does not take a job for gone by an answer that was asked for before it was submitted', async () => {
    const given: ((jobs: QueuedJob[]) => void)[] = []
    const ask = () => new Promise<QueuedJob[]>((resolve) => given.push(resolve))
    const watch = new QueueWatch({ ask, pollMs: 0, signal: new AbortController().signal })
    const before = watch.look()
    while (given.length < 1) await new Promise(setImmediate)
    const end = watch.endOf('1', () => {})
    given[0]!([])
    await before
    while (given.length < 2) await new Promise(setImmediate)
    given[1]!([job('1', 'failed')])
    expect(await end).toEqual(job('1', 'failed'))
  })

  it('asks a slow controller less often', async () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(0)
    onTestFinished(() => clock.mockRestore())
    const controller = new AbortController()
    const waited = vi.fn()
    let asked = 0
    const ask = async () => {
      clock.mockReturnValue(2000 * ++asked)
      return []
    }
    const watch = new QueueWatch({ ask, pollMs: 1, signal: controller.signal })
    await watch.look()
    // Twenty seconds are to pass before the next.
    const next = watch.look().then(waited)
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect([asked, waited.mock.calls.length]).toEqual([1, 0])
    controller.abort()
    await next
    expect(asked).toBe(1)
  })
})
