import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeRunners, fakeStudyText, planFile, prefixOf, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import { Fault } from '../../base/fault.ts'
import { writeJsonLines } from '../../base/json-lines.ts'
import { runStudy } from '../../execute/run-study.ts'
import { studyStatus } from '../../study/run/status.ts'
import type { StepRunners } from '../../study/steps/runners.ts'
import { Store } from '../../study/store/store.ts'
import { healthLines } from '../tables/health-lines.ts'
import { markdownTable, tableCells } from '../tables/render-table.ts'
import { taskTables } from '../tables/task-table.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-health-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const study = fakeStudyText
  .replace('{ train: 12, validation: 4, test: 4 }', '{ train: 12, validation: 2, test: 6 }')
  .replace(
    /chains:.*/su,
    'mixtures: { both: { of: { a2t: 1, res: 1 } } }\nchains: [base -> a2t, base -> res -> a2t, base -> both]\nseeds: [1, 2]\n',
  )

/** The same answers whatever the prefix is, those to `title: ` cut by the limit; a lesson on labels fails with seed 2. */
const runners: StepRunners = {
  ...fakeRunners(),
  async teach(work, context) {
    if (prefixOf(work) === 'labels: ' && work.lesson.seed === 2) throw new Fault('The loss is NaN at update 3')
    return await fakeRunners().teach(work, context)
  },
  async predict({ out, prefix }) {
    const finish = prefix === 'title: ' ? 'limit' : 'end'
    await writeJsonLines(
      out,
      Array.from({ length: 6 }, (_, i) => ({ prediction: `a title ${i}`, finish })),
    )
    return { seconds: 1, peakRssBytes: 1 }
  },
}

describe('rowHealth()', () => {
  it('tells in table, lines and status what is wrong with answers, prefixes and lessons', async () => {
    const plan = await planFile(writeFakeStudy(folder, { 'study.yaml': study }))
    const store = new Store(join(folder, 'store'))
    await runStudy(plan, { store, runners, program: 'test' })
    const [table] = await taskTables(plan, store)
    expect(tableCells(table!).map(([chain]) => chain)).toEqual([
      'chain',
      'base -> a2t (!)',
      'base -> res -> a2t (!)',
      'base -> both (!)',
      'always "title 4"',
      'copies the source',
    ])
    expect(healthLines(table!)).toEqual([
      '(!) base -> a2t, seeds 1, 2: 6 of 6 answers are cut by the limit on their length; raise "max_new_tokens" (or "max_length") under "generate", unless they repeat themselves',
      '(!) base -> res -> a2t, seed 1: 6 of 6 answers are cut by the limit on their length; raise "max_new_tokens" (or "max_length") under "generate", unless they repeat themselves',
      '(!) base -> res -> a2t, seed 2: not tested, as "teach base -> res, seed 2" failed: The loss is NaN at update 3',
      '(!) base -> both, seeds 1, 2: 6 of 6 answers are cut by the limit on their length; raise "max_new_tokens" (or "max_length") under "generate", unless they repeat themselves',
      '(!) base -> both, seeds 1, 2: 6 of 6 answers stay the same with the prefix of res, so the model hardly uses it; teach the mixture longer, or give its tasks prefixes that are less alike',
      'base -> both: 12 of 12 answers stay the same with the prefix of res',
    ])
    expect(markdownTable(table!)).toContain('\n\n- (!) base -> a2t, seeds 1, 2: 6 of 6 answers are cut')
    const states = studyStatus(plan, store).filter(({ told }) => told?.health !== undefined)
    expect(new Set(states.map(({ step, told }) => `${step.kind} ${told!.health!.join()}`))).toEqual(
      new Set(['evaluate cut', 'prefix-test prefix-unused']),
    )
  })

  it("gives each seed's own numbers, and says which findings show that nothing was learnt", async () => {
    const plan = await planFile(writeFakeStudy(folder, { 'study.yaml': study }))
    const store = new Store(join(folder, 'store'))
    const sameAnswers = [6, 4]
    const predict: StepRunners['predict'] = async ({ out, prefix }) => {
      const same = prefix === 'title: ' ? (sameAnswers.shift() ?? 0) : 0
      await writeJsonLines(
        out,
        Array.from({ length: 6 }, (_, i) => ({ prediction: i < same ? 'Ad' : `a title ${i}`, finish: 'end' })),
      )
      return { seconds: 1, peakRssBytes: 1 }
    }
    await runStudy(plan, { store, runners: { ...fakeRunners(), predict }, program: 'test' })
    const rows = (await taskTables(plan, store))[0]!.rows
    expect(rows[0]!.health).toEqual([
      {
        name: 'one-answer',
        seeds: [1, 2],
        sentence:
          '6 of 6 answers are "Ad", and no two references are alike (seed 1), 4 of 6 answers are "Ad", and no two references are alike (seed 2); teach it longer, and see whether the training rows have one target too often',
        unlearnt: true,
      },
    ])
    expect(rows.at(-1)!.health).toMatchObject([{ name: 'prefix-unused', unlearnt: false }])
  })
})
