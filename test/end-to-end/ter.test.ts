import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addCompareCommand } from '../../src/cli/commands/compare.ts'
import { addScoreCommand } from '../../src/cli/commands/score.ts'
import { conclude } from '../../src/report/conclusions/conclusions.ts'
import { markdownConclusions } from '../../src/report/conclusions/render-conclusions.ts'
import { findingOf } from '../../src/report/tables/finding.ts'
import { comparisonCells } from '../../src/report/tables/render-table.ts'
import { taskTables } from '../../src/report/tables/task-table.ts'
import { studyJsonSchema } from '../../src/study/file/json-schema.ts'
import { readStudy } from '../../src/study/file/read-study.ts'
import { describeFault } from '../../src/study/file/study-fault.ts'
import { runCommand } from '../rig/run-command.ts'
import { runScripted, writeScriptedStudy } from '../rig/scripted-study.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-ter-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** A scripted study whose tasks are scored with the given metrics. */
function studyWith(
  metrics: string,
  name: string,
  more = 'chains: [base -> x, base -> y -> x]\nseeds: [1, 2, 3]',
): string {
  const file = writeScriptedStudy(join(folder, name), more)
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('metrics: [exact-match]', `metrics: ${metrics}`))
  return file
}

function write(name: string, lines: readonly string[]): string {
  const file = join(folder, name)
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''))
  return file
}

describe('TER in a study', () => {
  it('recommends the start with the lower score and names it as the better one', async () => {
    const metrics = '[ter, { metric: ter, name: bare, no_punct: true, case_sensitive: true }]'
    const { plan, store } = await runScripted(studyWith(metrics, 'study'), {
      right: ({ lessons }) => (lessons.includes('y') ? 0.8 : 0.6),
    })
    const [table] = (await taskTables(plan, store)).filter(({ task }) => task === 'x')
    expect(table!.columns.map(({ name, lowIsBetter, signature }) => [name, lowIsBetter, signature])).toEqual([
      ['ter', true, 'nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:2.6.0'],
      ['bare', true, 'nrefs:1|case:mixed|tok:tercom|norm:no|punct:no|asian:no|version:2.6.0'],
    ])
    const [fresh, other] = ['base -> x', 'base -> y -> x'].map(
      (name) => table!.rows.find(({ chain }) => chain === name)!,
    )
    // A wrong answer has two words, a reference one.
    expect(other!.mean.ter).toBeLessThan(60)
    expect(fresh!.mean.ter).toBeGreaterThan(60)
    expect(comparisonCells(table!)[1]).toMatchObject({ 0: 'base -> y -> x', 6: 'better' })
    expect(findingOf(table!)).toContain('base -> y -> x is better than base -> x by ')
    const [found] = (await conclude(plan, store)).recommendations.filter(({ task }) => task === 'x')
    expect(found).toMatchObject({ verdict: 'other-start', take: 'base -> y -> x' })
    expect(found!.sentences[0]).toMatch(
      /^x: take base -> y -> x, better than the fresh start by \d+\.\d\d ter, which is lower \(p < 0\.001/,
    )
  })

  it('tells forgetting, the best learning rate and a collapse by its direction', async () => {
    const rates = 'sweeps: [{ chain: base -> x, learning_rate: [0.01, 0.02, 0.03] }]'
    const chains = 'chains: [base -> x, base -> y, base -> x -> y]\nevaluate: { everywhere: true }'
    const { plan, store } = await runScripted(studyWith('[ter]', 'more', `${chains}\n${rates}\nseeds: [1]`), {
      right({ lessons }, task) {
        if (lessons.at(-1) === 'x(0.01)') return 0.75
        if (lessons.at(-1) === 'x(0.03)') return 0.5
        return lessons.at(-1)!.startsWith(task) ? 0.9 : 0.6
      },
    })
    const { transfer, rates: found } = await conclude(plan, store)
    const forgotten = transfer!.chains.find(({ chain }) => chain === 'base -> x -> y')!.backward[0]!
    expect(forgotten.score.mean).toBeGreaterThan(30)
    expect(forgotten.share!.mean).toBeLessThan(-0.3)
    const [series] = found[0]!.series
    expect(series!.best).toBe(0.02)
    expect(found[0]!.findings[0]).toContain(', lowest at 0.02.')
    expect(found[0]!.findings).toContain('At 0.03 base collapses: 100 - ter below a tenth of its best.')
    expect(markdownConclusions(await conclude(plan, store))).toContain(
      'Less ter is better: its shares are those of 100 - ter.',
    )
  })

  it('may decide which checkpoint is kept, and refuses what it does not have', () => {
    const faults = (metrics: string, more = ''): string[] => {
      const file = studyWith(metrics, 'faults')
      const checked = readStudy(`${readFileSync(file, 'utf8')}${more}`, file)
      return 'faults' in checked ? checked.faults.map((fault) => describeFault(fault).split('\n')[0]!) : []
    }
    expect(faults('[ter]', 'defaults: { teach: { best_by: ter } }')).toEqual([])
    expect(faults('[{ metric: ter, normalized: 3 }]')).toHaveLength(2)
    expect(faults('[{ metric: ter, stemmer: true }]')).toEqual([
      expect.stringContaining('Unknown option "stemmer" of the metric "ter"'),
      expect.stringContaining('Unknown option "stemmer" of the metric "ter"'),
    ])
  })

  it('stands in the JSON Schema with its options', () => {
    const schema = JSON.stringify(studyJsonSchema(), null, 1)
    for (const option of ['normalized', 'no_punct', 'asian_support', 'case_sensitive']) {
      expect(schema).toMatch(new RegExp(`"${option}": \\{\\s+"description": "TER: [^"]+"`))
    }
  })
})

describe('TER on the command line', () => {
  const add = (program: Command): void => {
    addScoreCommand(program)
    addCompareCommand(program)
  }
  const right = 'A quiet river runs, past the mill.'
  const files = () => [
    '--predictions',
    write('moved.txt', ['Past the mill. a quiet river runs,', 'a quiet river runs past the mill']),
    '--references',
    write('right.txt', [right, right]),
  ]

  it('is scored with every option, all together and by sentences', async () => {
    const score = async (...args: string[]) => (await runCommand(add, ['score', ...args, ...files()])).out
    expect(await score('--metric', 'ter')).toBe(
      'TER = 21.43\n  nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:2.6.0\n',
    )
    const options = ['--normalized', '--no-punct', '--asian-support', '--case-sensitive', '--json']
    expect(JSON.parse(await score('--metric', 'ter', ...options))).toEqual({
      score: (100 * 5) / 14,
      num_edits: 5,
      ref_length: 14,
      signature: 'nrefs:1|case:mixed|tok:tercom|norm:yes|punct:no|asian:yes|version:2.6.0',
    })
    expect(await score('--metric', 'sentence-ter')).toMatch(/^14\.29\n28\.57\n {2}nrefs:1\|/)
    await expect(score('--metric', 'bleu', '--no-punct')).rejects.toThrow(
      'Cannot use --no-punct with --metric bleu: it belongs to ter, sentence-ter',
    )
  })

  it('is compared so that the lower system is the better one', async () => {
    const references = write('many.txt', Array<string>(40).fill(right))
    const bad = write('bad.txt', Array<string>(40).fill('a mill'))
    const compare = async (...systems: string[]) =>
      (await runCommand(add, ['compare', ...systems, '--metric', 'ter', '--references', references])).out
    expect(await compare(bad, references)).toContain(`ter: ${references} is lower, which is better (p < 0.0`)
    expect(await compare(references, bad)).toContain(`ter: ${bad} is higher, which is worse (p < 0.0`)
  })

  it('warns of Chinese that is not cut', async () => {
    const file = write('chinese.txt', ['他知道门', '机器人吗'])
    const score = async (...args: string[]) =>
      (await runCommand(add, ['score', '--metric', 'ter', '--predictions', file, '--references', file, ...args])).err
    expect(await score()).toMatch(/^Warning: Chinese has no spaces between words/)
    expect(await score('--normalized', '--asian-support')).toBe('')
  })
})
