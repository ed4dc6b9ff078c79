import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeRunners, fakeStudyText, planFile, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import { runStudy } from '../../execute/run-study.ts'
import { loadTokenizer } from '../../pretrained/tokenizer-folder.ts'
import type { PartReceipt } from '../../tasks/mixture.ts'
import { Store } from '../store/store.ts'
import type { PrepareMixtureStep } from './kinds/prepare.ts'
import type { TeachStep } from './kinds/teach.ts'
import type { StepRunners, TeachWork } from './runners.ts'

const tokenizers = join(import.meta.dirname, '../../../test/fixtures/tokenizers')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-mixture-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

interface MixedRow {
  source: string
  target: string
  task: string
}

interface Receipt {
  by: string
  seed: number
  batch?: number
  train: PartReceipt[]
  validation: PartReceipt[]
}

function writeStudy(mixture: string, { tokenizer = 'en', chain = 'base -> mixed' } = {}): string {
  const study = fakeStudyText
    .replace(/chains:[\s\S]*seeds/, `mixtures: { mixed: ${mixture} }\nchains:\n  - ${chain}\nseeds`)
    // Titles are much longer than label texts.
    .replace('target: title', 'target: "a long title with many words, namely {title}"')
  const file = writeFakeStudy(folder, { 'study.yaml': study })
  cpSync(join(tokenizers, tokenizer, 'spiece.model'), join(folder, 'spiece.model'))
  return file
}

async function mixed(mixture: string, options?: Parameters<typeof writeStudy>[1]) {
  const plan = await planFile(writeStudy(mixture, options))
  const store = new Store(join(folder, 'store'))
  const notes: string[] = []
  const lessons: TeachWork[] = []
  const runners: StepRunners = {
    ...fakeRunners(),
    teach: async (work, context) => {
      lessons.push(work)
      return await fakeRunners().teach(work, context)
    },
  }
  const observer = { onNote: (_: unknown, sentence: string) => void notes.push(sentence) }
  const report = await runStudy(plan, { store, runners, program: 'test', observer })
  const steps = [...plan.steps.values()]
  const step = steps.find((one): one is PrepareMixtureStep => one.kind === 'prepare' && one.mixture !== undefined)!
  const read = (name: string): string => readFileSync(join(store.folderOf('prepare', step.key), name), 'utf8')
  return {
    report,
    step,
    notes,
    lessons,
    teach: steps.find((one): one is TeachStep => one.kind === 'teach')!,
    rows: () =>
      read('train.jsonl')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as MixedRow),
    receipt: () => JSON.parse(read('receipt.json')) as Receipt,
  }
}

describe('a mixture', () => {
  it('by rows draws rows, each with its prefix, and says what it left out', async () => {
    const { rows, receipt, notes, lessons } = await mixed('{ of: { a2t: 1, res: 2 } }')
    expect(rows().filter(({ task }) => task === 'a2t')).toHaveLength(6)
    expect(rows().filter(({ source }) => source.startsWith('labels: '))).toHaveLength(12)
    expect(receipt()).toMatchObject({
      by: 'rows',
      seed: 42,
      train: [
        { part: 'a2t', rows: 10, drawn: 6 },
        { part: 'res', rows: 12, drawn: 12, leftOut: [] },
      ],
      validation: [{ drawn: 2 }, { drawn: 4 }],
    })
    expect(receipt().train[0]!.leftOut).toHaveLength(4)
    expect(notes).toContain('Mixed "mixed" 1 : 2 by rows: 6 of 10 rows of a2t (4 left out), 12 of 12 rows of res')
    expect(lessons[0]!.train).not.toHaveProperty('batchesBy')
  })

  it('by tokens counts the tokens that the lesson sees', async () => {
    const { rows, receipt, notes } = await mixed('{ of: { a2t: 1, res: 1 }, by: tokens, limits: { target: 14 } }')
    const tokenizer = loadTokenizer(join(tokenizers, 'en/spiece.model'))
    const tokensOf = (task: string): number =>
      rows()
        .filter((row) => row.task === task)
        .reduce(
          (sum, { source, target }) =>
            sum + tokenizer.encode(source).length + tokenizer.encode(target, { maxLength: 14 }).length,
          0,
        )
    const [titles, labels] = receipt().train
    expect(titles!.tokens).toBe(tokensOf('a2t'))
    expect(labels!.tokens).toBe(tokensOf('res'))
    // The part that runs out is used up; the other is as near as rows of at most 30 tokens allow.
    expect(Math.min(titles!.leftOut.length, labels!.leftOut.length)).toBe(0)
    expect(Math.abs(titles!.tokens! - labels!.tokens!)).toBeLessThanOrEqual(15)
    const shares = [titles!, labels!].map(({ part, rows: all, drawn, leftOut, tokens }) => {
      const left = leftOut.length === 0 ? '' : `, ${leftOut.length} left out`
      return `${drawn} of ${all} rows of ${part} (${tokens} tokens${left})`
    })
    expect(notes).toContainEqual(
      expect.stringMatching(
        new RegExp(`^Mixed "mixed" 1 : 1 by tokens: ${escaped(shares.join(', '))}(?:; that is .*%)?$`, 'u'),
      ),
    )
  })

  it('by updates fills batches of one task', async () => {
    const { rows, receipt, notes, lessons, teach } = await mixed(
      '{ of: { a2t: 2, res: 1 }, by: updates, teach: { batch: 4 } }',
    )
    const tasks = rows().map(({ task }) => task)
    const batches = Array.from({ length: tasks.length / 4 }, (_, i) => new Set(tasks.slice(4 * i, 4 * i + 4)))
    expect(batches.map(({ size }) => size)).toEqual([1, 1, 1])
    expect(receipt()).toMatchObject({ by: 'updates', batch: 4, train: [{ updates: 2, drawn: 8 }, { updates: 1 }] })
    // Validation rows are mixed in the same proportion, not in batches.
    expect(receipt().validation).toMatchObject([{ drawn: 4 }, { drawn: 2 }])
    expect(notes[0]).toBe(
      'Mixed "mixed" 2 : 1 by updates: 8 of 10 rows of a2t (2 updates, 2 left out), 4 of 12 rows of res (1 update, 8 left out)',
    )
    expect(lessons[0]!.train).toMatchObject({ batchesBy: 'task' })
    expect(teach.oneTaskABatch).toBe(true)
  })

  it('says which task is too small for a batch', async () => {
    const { report } = await mixed('{ of: { a2t: 1, res: 1 }, by: updates, teach: { batch: 11 } }')
    expect(report.failed.map(({ reason }) => reason)).toEqual([
      'Cannot mix "a2t" in as its 10 rows are less than one batch of 11 rows: give it more rows, or a smaller batch',
    ])
  })

  it('depends on tokenizer and limits only by tokens, and on the batch only by updates', async () => {
    const keyOf = async (mixture: string, tokenizer = 'en'): Promise<string> => {
      const plan = await planFile(writeStudy(mixture, { tokenizer }))
      return [...plan.steps.values()].find(({ label }) => label === 'prepare mixed')!.key
    }
    const changes = ['limits: { source: 7 }', 'teach: { batch: 3 }']
    for (const [by, dependsOn] of [
      ['rows', [false, false, false]],
      ['tokens', [true, true, false]],
      ['updates', [false, false, true]],
    ] as const) {
      const plain = `{ of: { a2t: 1, res: 1 }, by: ${by}`
      const key = await keyOf(`${plain} }`)
      const others = [await keyOf(`${plain} }`, 'multi')]
      for (const change of changes) others.push(await keyOf(`${plain}, ${change} }`))
      expect(
        others.map((other) => other !== key),
        by,
      ).toEqual(dependsOn)
    }
  })

  it('by tokens is the same for other weights of the same tokenizer', async () => {
    const planOf = async (bytes: string) => {
      const file = writeFakeStudy(folder, {
        'study.yaml': fakeStudyText
          .replace(/base: .*\n/, 'base: { path: . }\n')
          .replace(
            'chains:',
            'mixtures: { mixed: { of: { a2t: 1, res: 1 }, by: tokens } }\nchains:\n  - base -> mixed',
          ),
        'config.json': '{}',
      })
      writeFileSync(join(folder, 'model.safetensors'), bytes)
      const steps = [...(await planFile(file)).steps.values()]
      return ['prepare mixed', 'teach base -> mixed, seed 1'].map(
        (name) => steps.find(({ label }) => label === name)!.key,
      )
    }
    const [first, second] = [await planOf('some'), await planOf('other')]
    expect(second[0]).toBe(first[0])
    expect(second[1]).not.toBe(first[1])
  })
})

function escaped(text: string): string {
  return text.replace(/[()]/gu, '\\$&')
}
