import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { planFile } from '../../../test/rig/fake-study.ts'
import { runScripted, writeScriptedStudy } from '../../../test/rig/scripted-study.ts'
import type { Arms, SeedResult } from '../results/arms.ts'
import { taskTables } from './task-table.ts'
import { trimmedScores } from './trimmed-scores.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-trimmed-scores-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const columns = [
  { name: 'bleu', metric: 'bleu', field: 'score', best: 100, signature: '' },
  { name: 'exact-match', metric: 'exact-match', field: 'exact', best: 1, signature: '' },
]

/** The sentences of a study with these chains, and of each label the scores of its seeds, in order. */
async function told(
  chains: string,
  scores: Readonly<Record<string, readonly (readonly [bleu: number, exact: number])[]>>,
): Promise<string[]> {
  const plan = await planFile(writeScriptedStudy(folder, chains, { rows: 5 }))
  const all = [...new Set(plan.chains.map(({ chain }) => chain))]
  const arms = all.map((chain) => ({
    chain,
    planned: [],
    missing: [],
    seeds: (scores[chain.label] ?? []).flatMap(([bleu, exact], seed) =>
      Number.isNaN(bleu) ? [] : [{ seed, scores: { bleu, 'exact-match': exact } } as unknown as SeedResult],
    ),
  }))
  return trimmedScores({ arms, columns } as Pick<Arms, 'arms' | 'columns'>, plan)
}

describe('trimmedScores()', () => {
  it('tells by how much scores differ, over the seeds that both chains have', async () => {
    const sentences = await told(
      'chains: [base -> x, base -> x(trim_vocab=auto), base -> y -> x]\nseeds: [1, 2, 3]\nreport: { names: { base -> x: all, exact-match: right } }',
      {
        'base -> x': [
          [10, 0.5],
          [12, 0.25],
          [90, 0.9],
        ],
        'base -> x(trim_vocab=auto)': [
          [9.5, 0.5],
          [12, 0.5],
          [Number.NaN, 0],
        ],
        'base -> y -> x': [[50, 0.5]],
      },
    )
    expect(sentences).toEqual([
      'base -> x(trim_vocab=auto) against all, which was taught with all pieces: bleu 10.75 for 11.00 (-0.25), right 0.5000 for 0.3750 (+0.1250), means of 2 seeds.',
    ])
  })

  it('compares a chain with the one that differs in its vocabulary alone, whatever bounds their memory', async () => {
    const scores = {
      'base -> x(dropout=0.2)': [[3, 0]],
      'base -> x(memory=2GB, trim_vocab=auto, dropout=0.2)': [[4, 0]],
      'base -> x(trim_vocab=auto)': [[5, 0]],
      'other -> x': [[6, 0]],
    } as const
    expect(await told(`chains: [${Object.keys(scores).map((label) => `"${label}"`)}]`, scores)).toEqual([
      'base -> x(memory=2GB, trim_vocab=auto, dropout=0.2) against base -> x(dropout=0.2), which was taught with all pieces: bleu 4.00 for 3.00 (+1.00), exact-match 0.0000 for 0.0000 (+0.0000).',
    ])
  })

  it('says nothing of chains that are not finished', async () => {
    const chains = 'chains: [base -> x, base -> x(trim_vocab=auto)]'
    expect(await told(chains, { 'base -> x': [[1, 1]] })).toEqual([])
  })

  it('stands below the table of a study that has both', async () => {
    const more = 'chains: [base -> x, base -> x(trim_vocab=auto)]'
    const { plan, store } = await runScripted(writeScriptedStudy(folder, more, { rows: 5 }), { right: () => 1 })
    const [table] = await taskTables(plan, store)
    expect(table!.notes).toContain(
      'base -> x(trim_vocab=auto) against base -> x, which was taught with all pieces: exact-match 1.0000 for 1.0000 (+0.0000).',
    )
  })
})
