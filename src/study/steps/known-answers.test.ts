import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeRunners, fakeStudyText, planFile, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import { runStudy } from '../../execute/run-study.ts'
import { Store } from '../store/store.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-answers-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const run = async (change: (study: string) => string) => {
  const text = change(fakeStudyText.replace(/chains:.*seeds/su, 'chains: [base -> a2t]\nseeds'))
  const plan = await planFile(writeFakeStudy(folder, { 'study.yaml': text }))
  const store = new Store(join(folder, 'store'))
  const log: string[] = []
  const report = await runStudy(plan, { store, runners: fakeRunners(log), program: 'test' })
  expect(report.failed).toEqual([])
  const { key } = plan.chains[0]!.evaluations[0]!
  const scores = store.scores(key)
  return {
    log,
    key,
    scores,
    predictions: readFileSync(join(store.folderOf('evaluate', key), 'predictions.jsonl'), 'utf8'),
  }
}

describe('answeredBefore()', () => {
  it('scores the answers of a finished test when only metrics have changed', async () => {
    const first = await run((text) => text)
    expect(first.log).toEqual(['teach title: from scratch', 'predict title:'])
    const other = await run((text) => text.replace('metrics: [bleu, exact-match]', 'metrics: [chrf, exact-match]'))
    expect(other.log).toEqual([])
    expect(other.key).not.toBe(first.key)
    expect(other.scores.metrics.map(({ name }) => name)).toEqual(['chrf', 'exact-match'])
    expect(other.scores.metrics[1]).toEqual(first.scores.metrics[1])
    const answers = (lines: string): unknown[] =>
      lines
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { prediction: string }).prediction)
    expect(answers(other.predictions)).toEqual(answers(first.predictions))
  })

  it('reads no other test to find its answers, and finds those of a store that notes none', async () => {
    const seeds = (text: string): string => text.replace('seeds: [1]', 'seeds: [1, 2, 3, 4]')
    const record = vi.spyOn(Store.prototype, 'record')
    const read = (): string[] => record.mock.calls.flatMap(([kind, key]) => (kind === 'evaluate' ? [key] : []))
    await run(seeds)
    expect(read()).toEqual([])
    rmSync(join(folder, 'store/answers'), { recursive: true })
    const other = (text: string): string => seeds(text).replace('metrics: [bleu, exact-match]', 'metrics: [chrf]')
    expect((await run(other)).log).toEqual([])
    // Four older tests to note them, and one for each of the four that take their answers.
    expect(read()).toHaveLength(8)
    record.mockRestore()
  })

  it('answers again when anything else has', async () => {
    await run((text) => text)
    const limited = await run((text) => text.replace('metrics:', 'generate: { max_new_tokens: 5 }\n    metrics:'))
    expect(limited.log).toEqual(['predict title:'])
  })
})
