import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { metricsGolden } from '../../../test/rig/metrics-golden.ts'
import { runCommand } from '../../../test/rig/run-command.ts'
import { addCompareCommand } from './compare.ts'

interface PairedGolden {
  readonly refs: readonly string[]
  readonly systems: Readonly<Record<string, readonly string[]>>
  readonly tests: readonly {
    readonly test: 'ar' | 'bs'
    readonly metric: string
    readonly system: string
    readonly score: number
    readonly p_value: number | null
  }[]
}

interface Difference {
  readonly difference: number
  readonly low: number
  readonly high: number
  readonly smallest_detectable_difference: number
  readonly approximate_randomisation: { readonly p: number }
  readonly paired_bootstrap: { readonly p: number }
  readonly mcnemar?: { readonly p: number; readonly only_a: number; readonly only_b: number }
  readonly holm_p: number
}

interface Result {
  readonly signature: string
  readonly examples: number
  readonly systems: readonly { readonly file: string; readonly scores: Record<string, { readonly score: number }> }[]
  readonly comparisons: readonly { readonly b: string; readonly fields: Record<string, Difference> }[]
  readonly beside?: readonly Result[]
}

const golden = metricsGolden<PairedGolden>('paired')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-compare-'))
  for (const [name, answers] of Object.entries(golden.systems)) {
    file(
      `${name}.jsonl`,
      answers.map((prediction, i) => ({ prediction, reference: golden.refs[i] })),
    )
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, values: readonly unknown[]): string {
  const path = join(folder, name)
  writeFileSync(path, values.map((value) => `${JSON.stringify(value)}\n`).join(''))
  return path
}

const system = (name: string) => join(folder, `${name}.jsonl`)
const compare = (...args: string[]) => runCommand(addCompareCommand, ['compare', ...args])
const compareJson = async (...args: string[]) => JSON.parse((await compare(...args, '--json')).out) as Result

describe('reteach compare', () => {
  it("finds sacreBLEU's scores and p-values and corrects them over the systems", async () => {
    const names = ['same', 'near', 'better']
    const found = await compareJson(system('base'), ...names.map(system), '--metric', 'bleu')
    expect(found.examples).toBe(golden.refs.length)
    expect(found.signature).toBe('nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0')
    expect(found.comparisons).toHaveLength(3)
    names.forEach((name, i) => {
      const { bleu } = found.comparisons[i]!.fields
      const wanted = (test: string) =>
        golden.tests.find((one) => one.test === test && one.metric === 'bleu' && one.system === name)!
      expect(found.systems[i + 1]!.scores.bleu!.score).toBeCloseTo(wanted('ar').score, 9)
      expect(bleu!.approximate_randomisation.p).toBeCloseTo(wanted('ar').p_value!, 1)
      expect(bleu!.paired_bootstrap.p).toBeCloseTo(wanted('bs').p_value!, 1)
      expect(bleu!.low).toBeLessThan(bleu!.difference)
      expect(bleu!.high).toBeGreaterThan(bleu!.difference)
    })
    const [same, , better] = found.comparisons.map(({ fields }) => fields.bleu!)
    expect(better!.holm_p).toBeCloseTo(3 * better!.approximate_randomisation.p, 12)
    expect(better!.holm_p).toBeLessThan(0.05)
    expect(same!.holm_p).toBeGreaterThanOrEqual(same!.approximate_randomisation.p)
  })

  it('is repeatable by its seed', async () => {
    const run = async (seed: string) =>
      (
        await compare(
          system('base'),
          system('same'),
          '--metric',
          'chrf',
          '--samples',
          '100',
          '--resamples',
          '50',
          '--seed',
          seed,
        )
      ).out
    expect(await run('3')).toBe(await run('3'))
    expect(await run('3')).not.toBe(await run('4'))
  })

  it("decides about exact answers with McNemar's test", async () => {
    const references = file('gold.jsonl', [['a'], ['a'], ['a'], ['a'], ['a'], ['b']])
    const none = file('none.jsonl', [[], [], [], [], [], ['b']])
    const most = file('most.jsonl', [['a'], ['a'], ['a'], ['a'], ['a'], []])
    const found = await compareJson(none, most, '--metric', 'labels', '--references', references)
    const { exact, macro_f1 } = found.comparisons[0]!.fields
    expect(exact!.mcnemar).toEqual({ p: expect.closeTo(0.21875, 9), only_a: 1, only_b: 5 })
    expect(exact!.holm_p).toBe(exact!.mcnemar!.p)
    expect(macro_f1!.holm_p).toBe(macro_f1!.approximate_randomisation.p)
  })

  it('compares Chinese with zh and 13a and says what the numbers mean', async () => {
    const texts = ['他知道门', '机器人吗', '医生生活', '知道相机']
    const a = file('zh-a.jsonl', texts)
    const found = await compareJson(a, file('zh-b.jsonl', texts.toReversed()), '--metric', 'bleu', '--references', a)
    expect([found, ...found.beside!].map(({ signature }) => /tok:[^|]*/.exec(signature)![0])).toEqual([
      'tok:zh',
      'tok:13a',
    ])
    expect((await compare(a, a, '--metric', 'bleu', '--references', a)).out).toContain('bleu: the answers score alike')
    expect((await compare(system('base'), system('better'), '--metric', 'bleu')).out).toMatch(
      /bleu: \S+ is higher \(p = 0\.00/,
    )
    expect((await compare(system('base'), system('same'), '--metric', 'bleu')).out).toMatch(
      /bleu: not separable with these examples/,
    )
  })

  it('refuses one file, unlike references and unlike lengths', async () => {
    await expect(compare(system('base'), '--metric', 'bleu')).rejects.toThrow(/at least two systems/)
    const rows = golden.systems.base!.map((prediction, i) => ({ prediction, reference: i === 7 ? '' : golden.refs[i] }))
    const other = file('other.jsonl', rows)
    await expect(compare(system('base'), other, '--metric', 'bleu')).rejects.toThrow(
      expect.objectContaining({ place: { file: other, line: 8 } }),
    )
    const short = file('short.jsonl', rows.slice(1))
    await expect(compare(system('base'), short, '--metric', 'bleu')).rejects.toThrow(
      expect.objectContaining({ place: { file: short, line: golden.refs.length - 1 } }),
    )
    await expect(compare(system('base'), other, '--metric', 'bleu', '--level', '95')).rejects.toThrow(/such as 0\.95/)
  })
})
