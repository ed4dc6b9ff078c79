import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { metricsGolden } from '../../../test/rig/metrics-golden.ts'
import { runCommand } from '../../../test/rig/run-command.ts'
import type { SeededComparison } from '../../metrics/statistics/compare-seeded-systems.ts'
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
  readonly paired_bootstrap: {
    readonly p: number
    readonly sacrebleu_one_sided_p: number
    readonly two_sided_p: number
  }
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
      expect(bleu!.paired_bootstrap.sacrebleu_one_sided_p).toBeCloseTo(wanted('bs').p_value!, 1)
      expect(bleu!.paired_bootstrap.p).toBe(bleu!.paired_bootstrap.sacrebleu_one_sided_p)
      // As randomisation's, which is two-sided.
      expect(bleu!.paired_bootstrap.two_sided_p).toBeCloseTo(bleu!.approximate_randomisation.p, 1)
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
    const missing = 'give the answers of at least two systems'
    await expect(compare(system('base'), '--metric', 'bleu')).rejects.toThrow(
      `Cannot compare "${system('base')}" alone: ${missing}`,
    )
    await expect(compare('--metric', 'bleu', '--references', system('base'))).rejects.toThrow(
      `Cannot compare without a file of answers: ${missing}`,
    )
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

  it('promises nothing of examples too few to show anything, and calls alike only what is', async () => {
    const few = (name: string, prediction: (row: number) => string, rows: number) =>
      file(
        name,
        Array.from({ length: rows }, (_, row) => ({ prediction: prediction(row), reference: `r${row}` })),
      )
    const [right, wrong] = [few('right.jsonl', (row) => `r${row}`, 4), few('wrong.jsonl', () => 'no', 4)]
    const exact = ['--metric', 'exact-match']
    expect((await compare(right, wrong, ...exact)).out).toContain(
      'exact: not separable with these examples (p = 0.1250); no difference would have been found',
    )
    expect((await compare(right, right, ...exact)).out).toContain('exact: the answers score alike')
    const found = await compareJson(
      few('a.jsonl', (row) => `r${row % 2}`, 4),
      wrong,
      '--metric',
      'rouge',
    )
    expect(found.comparisons[0]!.fields.rougeL!.smallest_detectable_difference).toBeNull()
  })

  it('refuses rounds too few for the interval, and more than memory holds', async () => {
    const of = (...flags: string[]) => compare(system('base'), system('near'), '--metric', 'bleu', ...flags)
    await expect(of('--level', '0.9999', '--resamples', '100')).rejects.toThrow(
      'Cannot make an interval of level 0.9999 from 100 rounds of the bootstrap: give --resamples 20000 or more',
    )
    expect((await of('--level', '0.9', '--resamples', '20')).out).toContain('90 % interval')
    for (const flag of ['--samples', '--resamples']) {
      await expect(of(flag, '1e12')).rejects.toThrow('Wanted a whole number of at least 1 and at most 10000000.')
    }
    await expect(of('--max-ngram-order', '1e8')).rejects.toThrow('at most 100.')
  })

  it('refuses answers whose ids stand in another order than those of the others', async () => {
    const answers = (name: string, ids: readonly (string | number)[]) =>
      file(
        name,
        ids.map((id) => ({ id, prediction: 'a b' })),
      )
    const references = file('no-ids.txt', ['a b', 'a c', 'b c'])
    const [first, second] = [answers('ids-1.jsonl', [1, 2, 3]), answers('ids-2.jsonl', ['1', '3', '2'])]
    const compared = compare(first, second, '--metric', 'bleu', '--references', references, '--samples', '10')
    await expect(compared).rejects.toThrow(expect.objectContaining({ place: { file: second, line: 2 } }))
  })

  const seeds = (name: string, answers: readonly (readonly string[])[]) =>
    `${name}=${answers
      .map((list, i) =>
        file(
          `${name}-${i}.jsonl`,
          list.map((prediction, row) => ({ prediction, reference: golden.refs[row] })),
        ),
      )
      .join(',')}`
  const { base, same, near, better } = golden.systems as Record<string, readonly string[]>

  it('compares systems with several seeds by the test of seeds and rows', async () => {
    const args = ['--metric', 'bleu', '--system', seeds('fresh', [base!, same!]), '--system']
    const found = JSON.parse(
      (
        await compare(
          ...args,
          seeds('twice', [near!, better!, better!]),
          '--system',
          seeds('alike', [same!, base!]),
          '--json',
        )
      ).out,
    ) as SeededComparison
    expect(found).toMatchObject({ rows: golden.refs.length, metric: 'bleu', resamples: 10_000 })
    expect(found.systems[0]).toMatchObject({ system: 'fresh', files: [expect.any(String), expect.any(String)] })
    const [twice, alike] = found.comparisons
    expect(twice).toMatchObject({
      system: 'twice',
      baseline: 'fresh',
      score: 'bleu',
      seeds: 2,
      system_seeds: 3,
      baseline_seeds: 2,
    })
    expect(twice!.difference).toBeCloseTo(found.systems[1]!.scores.bleu!.mean - found.systems[0]!.scores.bleu!.mean, 9)
    expect(twice!.interval.low).toBeLessThan(twice!.difference)
    expect(twice!.df).toBeGreaterThan(1)
    expect(twice!.p).toBeCloseTo(Math.min(1, 2 * twice!.uncorrected_p), 12)
    expect(twice!.separable).toBe(twice!.p < 0.05)
    expect(twice!.fields.bleu!.p).toBe(twice!.p)
    expect(alike).toMatchObject({ difference: 0, p: 1, separable: false })
    expect((await compare(...args, seeds('alike', [same!, base!]))).out).toMatch(
      /bleu: alike is not separable from fresh \(p = 1\.0000\); differences from \d+\.\d\d on would mostly be found/,
    )
  })

  it('says with one seed that nothing is known of another', async () => {
    const args = ['--metric', 'bleu', '--system', seeds('a', [base!]), '--system', seeds('b', [better!])]
    const found = JSON.parse((await compare(...args, '--json')).out) as SeededComparison
    expect(found.comparisons[0]).toMatchObject({ df: null, separable: false, differs: true, seeds: 1 })
    expect((await compare(...args)).out).toMatch(
      /bleu: b differs from a on these rows \(\+\d+\.\d\d, p .*\); nothing is known of another seed[\s\S]* With one seed the examples alone are one/,
    )
  })

  it('compares label sets, Chinese with both tokenizers, and files of references of their own', async () => {
    const gold = file('gold-set.jsonl', [['a'], ['a', 'b'], ['b'], [], ['a'], ['b']])
    const none = file('none-1.jsonl', [[], ['a'], [], ['b'], [], ['b']])
    const some = file('some-1.jsonl', [['a'], ['a'], ['b'], [], ['a'], ['b']])
    const labels = JSON.parse(
      (
        await compare(
          '--metric',
          'labels',
          '--references',
          gold,
          '--system',
          `x=${none}`,
          '--system',
          `y=${some}`,
          '--json',
        )
      ).out,
    ) as SeededComparison
    expect(labels.comparisons[0]).toMatchObject({ score: 'exact', rows: 6, fields: { macro_f1: { df: null } } })
    const texts = ['他知道门', '机器人吗', '医生生活', '知道相机']
    const [a, b] = [file('zh-1.jsonl', texts), file('zh-2.jsonl', texts.toReversed())]
    const chinese = JSON.parse(
      (await compare('--metric', 'bleu', '--references', a, '--system', `a=${a}`, '--system', `b=${b}`, '--json')).out,
    ) as SeededComparison & { readonly beside: readonly SeededComparison[] }
    expect([chinese, ...chinese.beside].map(({ signature }) => /tok:[^|]*/.exec(signature)![0])).toEqual([
      'tok:zh',
      'tok:13a',
    ])
  })

  it('refuses what is no system', async () => {
    const good = seeds('a', [base!])
    const refused = async (...args: string[]) => await expect(compare('--metric', 'bleu', ...args)).rejects
    await (await refused('--system', good)).toThrow('Cannot compare one system')
    const other = good.replace(/^a=/u, 'b=')
    await (await refused('--system', good, '--system', other, '--resamples', '10')).toThrow(
      'from 10 rounds of the bootstrap: give --resamples 40 or more',
    )
    await (await refused('--system', good, '--system', good)).toThrow('two systems called "a"')
    await (await refused('--system', 'a.jsonl', '--system', good)).toThrow(
      "argument 'a.jsonl' is invalid. Wanted a name and its files",
    )
    await (await refused(system('base'), '--system', good)).toThrow('files and --system at once')
    await (await refused('--system', 'b=x.jsonl,x.jsonl', '--system', good)).toThrow('for two seeds of "b"')
  })
})
