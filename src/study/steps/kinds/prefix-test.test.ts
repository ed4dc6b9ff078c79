import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeRunners, fakeStudyText, planFile, writeFakeStudy } from '../../../../test/rig/fake-study.ts'
import { runStudy } from '../../../execute/run-study.ts'
import { estimatePrefixTest } from '../../plan/estimate.ts'
import type { Plan } from '../../plan/plan.ts'
import { Store } from '../../store/store.ts'
import type { StepRunners } from '../runners.ts'
import type { PrefixTestStep } from './prefix-test.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-prefix-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const mixed = (chains: string, more = ''): string =>
  fakeStudyText.replace(
    /chains:.*seeds/su,
    `mixtures: { both: { of: { a2t: 1, res: 1 } } }\n${more}chains: [${chains}]\nseeds`,
  )

const planOf = (text: string): Promise<Plan> => planFile(writeFakeStudy(folder, { 'study.yaml': text }))
const tests = (plan: Plan): PrefixTestStep[] => [...plan.steps.values()].filter((step) => step.kind === 'prefix-test')

/** Answers `text 3` with `text`, and every `same`-th row in the same way whatever the prefix is. */
function answering(same: number): StepRunners {
  return {
    ...fakeRunners(),
    predict: async ({ sources, prefix, out }) => {
      const lines = readFileSync(sources, 'utf8').trimEnd().split('\n')
      const answers = lines.map((line, row) => {
        const { source } = JSON.parse(line) as { source: string }
        return JSON.stringify({ prediction: row % same === 0 ? ` ${source}` : `${prefix} ${source}`, finish: 'end' })
      })
      writeFileSync(out, `${answers.join('\n')}\n`)
      return { seconds: 1, peakRssBytes: 2 }
    },
  }
}

describe('prefix tests in a plan', () => {
  it('stand behind each test of a mixture that was taught last, and change no other key', async () => {
    const plan = await planOf(mixed('base -> both, base -> both -> res, base -> a2t'))
    expect(tests(plan).map(({ label, others }) => [label, others])).toEqual([
      ['swap prefixes: base -> both, seed 1 on a2t', [{ prefix: 'labels: ', tasks: ['res'] }]],
      ['swap prefixes: base -> both, seed 1 on res', [{ prefix: 'title: ', tasks: ['a2t'] }]],
    ])
    const [both] = plan.chains
    expect(both!.evaluations.map(({ prefixTest }) => prefixTest)).toEqual(tests(plan).map(({ key }) => key))
    const without = await planOf(
      mixed('base -> both, base -> both -> res, base -> a2t', 'evaluate: { prefix_test: false }\n'),
    )
    expect(tests(without)).toEqual([])
    const others = [...plan.steps.keys()].filter((key) => plan.steps.get(key)!.kind !== 'prefix-test')
    expect([...without.steps.keys()]).toEqual(others)
  })

  it('are left out where the tasks of a mixture have one prefix', async () => {
    expect(tests(await planOf(mixed('base -> both').replace('labels: ', 'title: ')))).toEqual([])
  })

  it('cost a test of their rows for each other prefix', async () => {
    const [step] = tests(await planOf(mixed('base -> both')))
    const measured = { overheadSeconds: 1, secondsPerRow: 0.5, peakMemoryBytes: 7 }
    const three = { ...step!, others: [...step!.others, ...step!.others, ...step!.others] }
    expect(estimatePrefixTest(step!, { test: 6 }, measured)).toEqual({ seconds: 4, peakMemoryBytes: 7 })
    expect(estimatePrefixTest(three, { test: 1000 }, measured).seconds).toBe(3 * (1 + 100 * 0.5))
    expect(estimatePrefixTest(step!, undefined, measured)).toEqual({})
  })
})

describe('testPrefixes()', () => {
  const run = async (same: number) => {
    const plan = await planOf(mixed('base -> both'))
    const store = new Store(join(folder, 'store'))
    const notices: string[] = []
    const observer = { onNotice: (_: unknown, sentence: string) => void notices.push(sentence) }
    const report = await runStudy(plan, { store, runners: answering(same), program: 'test', observer })
    expect(report.failed).toEqual([])
    const [{ key }] = tests(plan) as [PrefixTestStep]
    return { store, key, notices: notices.filter((sentence) => /^swap .* on a2t:/u.test(sentence)) }
  }

  it('counts the answers that stay the same and warns from the half on', async () => {
    const { store, key, notices } = await run(2)
    expect(store.prefixTest(key)).toEqual({
      prefixes: [{ prefix: 'labels: ', equal: 3, of: 6 }],
    })
    expect(notices[0]).toBe(
      'swap prefixes: base -> both, seed 1 on a2t: 3 of 6 answers stay the same with the prefix of res, so the model hardly uses it; teach the mixture longer, or give its tasks prefixes that are less alike',
    )
    const lines = readFileSync(join(store.folderOf('prefix-test', key), 'answers.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
    const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines).toHaveLength(6)
    expect(first!.swapped).toBe(first!.answer)
    expect(second).toMatchObject({ row: 1, prefix: 'labels: ' })
    expect(second!.swapped).toMatch(/^labels: {2}text/u)
    expect(second!.answer).toMatch(/^title: {2}text/u)
  })

  it('keeps silent below', async () => {
    const { store, key, notices } = await run(3)
    expect(store.prefixTest(key)).toMatchObject({ prefixes: [{ equal: 2, of: 6 }] })
    expect(notices).toEqual([])
  })
})
