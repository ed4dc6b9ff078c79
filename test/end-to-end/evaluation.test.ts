import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CliResult, runCli } from '../rig/cli.ts'
import { writeStudyFolder } from '../rig/study-folder.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-evaluation-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

interface JsonReport {
  readonly steps: Readonly<
    Record<'finished' | 'failed', { kind: string; key: string; label: string; reason?: string }[]>
  >
  readonly tables: {
    readonly task: string
    readonly rows: {
      readonly chain: string
      readonly health: { name: string; sentence: string }[]
      readonly prefixes: { tasks: string[]; equal: number; of: number }[]
    }[]
  }[]
}

interface EvaluationLine {
  readonly step: number
  readonly loss: number
  readonly scores?: Readonly<Record<string, number>>
  readonly health?: readonly string[]
}

const report = ({ out }: CliResult): JsonReport => JSON.parse(out) as JsonReport
const evaluations = (store: string, key: string): EvaluationLine[] =>
  readFileSync(join(store, 'teach', key, 'evaluations.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as EvaluationLine)
const chains = (list: string) => (text: string) => text.replace(/chains:.*seeds/su, `chains: [${list}]\nseeds`)

describe('reteach run, evaluation during a lesson', () => {
  it('keeps the checkpoint with the best score, and does so too after it was killed in an evaluation', async () => {
    const study = writeStudyFolder(join(folder, 'best'), (text) =>
      chains('"flan -> a2t(best_by=rouge1, evaluate_every=3)"')(text.replace('epochs: 1', 'epochs: 4')),
    )
    const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')]
    const first = await runCli(['run', study, '--store', whole, '--json'], { cwd: folder })
    expect(first.code).toBe(0)
    const { key } = report(first).steps.finished.find(({ kind }) => kind === 'teach')!
    const lines = evaluations(whole, key)
    expect(lines.map(({ step }) => step)).toEqual([3, 6, 9, 12, 15, 18, 20])
    const best = lines.reduce((a, b) => {
      const [before, after] = [a.scores!.rouge1!, b.scores!.rouge1!]
      return after > before || (after === before && b.loss < a.loss) ? b : a
    })
    const record = (store: string) =>
      (JSON.parse(readFileSync(join(store, 'teach', key, 'step.json'), 'utf8')) as { result: Record<string, unknown> })
        .result
    expect(record(whole).best).toEqual({ step: best.step, value: best.scores!.rouge1 })

    const state = join(killed, 'teach', `${key}.state`)
    const count = (name: string): number =>
      existsSync(join(state, name)) ? readFileSync(join(state, name), 'utf8').split('\n').length - 1 : 0
    for (const [signal, after] of [
      ['SIGINT', 6],
      ['SIGKILL', 12],
    ] as const) {
      const args = ['run', study, '--store', killed, '--json']
      const stopped = await runCli(args, {
        cwd: folder,
        whileRunning: (child) => {
          // The update before the evaluation is logged, and the evaluation is not.
          if (count('log.jsonl') >= after && count('evaluations.jsonl') < after / 3) child.kill(signal)
        },
      })
      expect(stopped.code === 130 || stopped.signal === signal).toBe(true)
    }
    const last = await runCli(['run', study, '--store', killed, '--json'], { cwd: folder })
    expect(last.code).toBe(0)
    expect(record(killed).weightsSha256).toBe(record(whole).weightsSha256)
    expect(evaluations(killed, key)).toEqual(lines)
  }, 120_000)

  it('warns of answers that are of no use, and ends the lesson where it shall', async () => {
    const study = writeStudyFolder(join(folder, 'collapse'), (text) =>
      chains('"flan -> res(learning_rate=0.1, on_collapse=stop)", "flan -> res(learning_rate=0.2)"')(
        text.replace('epochs: 1', 'epochs: 4'),
      ),
    )
    const { code, err, out } = await runCli(['run', study, '--json'], { cwd: folder })
    const { steps, tables } = JSON.parse(out) as JsonReport
    expect(code).toBe(1)
    expect(steps.failed).toHaveLength(1)
    expect(steps.failed[0]!.reason).toMatch(/^The lesson has collapsed by update (10|15|20) of 20: /u)
    expect(err).toMatch(
      /Warning: teach flan -> res\(learning_rate=0\.1, on_collapse=stop\), seed 1, after update 1[05] of 20: /u,
    )
    const [stopped, warned] = tables[0]!.rows
    expect(stopped!.health).toEqual([expect.objectContaining({ name: 'failed' })])
    expect(warned!.health.length).toBeGreaterThan(0)
    expect(err).toMatch(/Warning: evaluate flan -> res\(learning_rate=0\.2\), seed 1 on res: /u)
    const status = await runCli(['status', study], { cwd: folder })
    expect(status.out).toMatch(/✖ teach .* failed: The lesson has collapsed/u)
    expect(status.out).toMatch(/✔ evaluate .* \(!\) /u)
  }, 120_000)

  it('scores the tasks of a mixture and swaps their prefixes', async () => {
    const study = writeStudyFolder(join(folder, 'mixed'), (text) =>
      chains('flan -> both')(
        text.replace(
          'chains:',
          'mixtures:\n  both: { of: { a2t: 1, res: 1 }, teach: { best_by: mean, evaluate_rows: 5 } }\nchains:',
        ),
      ),
    )
    const store = join(folder, 'mixed', '.reteach')
    const plan = await runCli(['plan', study, '--no-measure'], { cwd: folder, env: { COLUMNS: '120' } })
    expect(plan.out).toMatch(/^swap prefixes: flan -> both, seed 1 on a2t\b/mu)
    const result = await runCli(['run', study, '--json'], { cwd: folder })
    expect(result.code).toBe(0)
    const { steps, tables } = report(result)
    const { key } = steps.finished.find(({ kind }) => kind === 'teach')!
    expect(Object.keys(evaluations(store, key)[0]!.scores!)).toEqual(
      expect.arrayContaining(['a2t.bleu', 'a2t.rougeL', 'res.exact', 'res.macro_f1', 'mean']),
    )
    expect(tables.map(({ rows }) => rows[0]!.prefixes)).toEqual([
      [{ seed: 1, tasks: ['res'], equal: expect.any(Number), of: 12 }],
      [{ seed: 1, tasks: ['a2t'], equal: expect.any(Number), of: 12 }],
    ])
    expect(readdirSync(join(store, 'prefix-test'))).toHaveLength(2)
  }, 120_000)
})
