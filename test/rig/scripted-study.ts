import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../src/base/fault.ts'
import { seededRandom } from '../../src/base/random.ts'
import type { TeachResult } from '../../src/lesson/protocol.ts'
import { FileHashes } from '../../src/study/contents/file-hashes.ts'
import type { Plan } from '../../src/study/plan/plan.ts'
import { runStep } from '../../src/study/steps/run-step.ts'
import type { StepRunners } from '../../src/study/steps/runners.ts'
import { ruleOf } from '../../src/study/steps/step-kinds.ts'
import { Store } from '../../src/study/store/store.ts'
import { planFile, prefixOf, writeFakeStudy } from './fake-study.ts'

/** What a checkpoint was taught: `x`, `y(0.01)` for another learning rate than the usual one. */
export interface Taught {
  readonly lessons: readonly string[]
  readonly seed: number
}

/** What lessons come to, in place of teaching. */
export interface Script {
  /** The share of right answers of a checkpoint on a task; below 0 all answers are empty. */
  right(taught: Taught, task: string): number
  /** Validation losses after each of 4 evaluations, 10 updates apart. */
  losses?(taught: Taught): readonly number[]
  /** A lesson that throws this sentence. */
  failure?(taught: Taught): string | undefined
  outcome?(taught: Taught): Partial<TeachResult>
  /** What tells its weights from others. */
  weights?(taught: Taught): unknown
}

const usualRate = 0.001

/**
 * Two tasks, x and y, with `rows` test rows each and answers that are right or wrong; chains, seeds and more are added
 * by the test. Test rows share nothing with what is taught unless `leaks` says how many do.
 */
export function writeScriptedStudy(
  folder: string,
  more: string,
  { rows = 200, leaks = 0, metric = 'exact-match' }: { rows?: number; leaks?: number; metric?: string } = {},
): string {
  const files = Object.fromEntries(
    ['x', 'y'].flatMap((task, index) => {
      const random = seededRandom([index, 9])
      const word = (): string => Array.from({ length: 30 }, () => String.fromCharCode(97 + random.below(26))).join('')
      const table = (count: number): string[] => Array.from({ length: count }, (_, i) => `${word()},${task}${i}`)
      const [train, test] = [table(20), table(rows)]
      const leaked = task === 'x' ? test.slice(0, leaks) : []
      return [
        [`${task}-train.csv`, ['source,target', ...train, ...leaked].join('\n')],
        [`${task}-validation.csv`, ['source,target', ...table(5)].join('\n')],
        [`${task}-test.csv`, ['source,target', ...test].join('\n')],
      ]
    }),
  )
  const task = (name: string): string => `
  ${name}:
    prefix: "${name}: "
    data: { train: { file: ${name}-train.csv }, validation: { file: ${name}-validation.csv }, test: { file: ${name}-test.csv } }
    source: source
    target: target
    teach: { learning_rate: ${usualRate}, epochs: 1, batch: 5 }
    metrics: [${metric}]`
  const study = `study: scripted
starts:
  base: { scratch: { d_model: 8 }, tokenizer: spiece.model }
  other: { scratch: { d_model: 16 }, tokenizer: spiece.model }
tasks:${task('x')}${task('y')}
${more}
`
  return writeFakeStudy(folder, { 'study.yaml': study, ...files })
}

/**
 * Fills the store `.reteach` beside a scripted study, without the locks and flushes of a run, which take most of its
 * time; what needs a failed step is left out.
 */
export async function runScripted(file: string, script: Script): Promise<{ plan: Plan; store: Store }> {
  return await fillStore(file, scriptedRunners(script))
}

/** As {@link runScripted}, with any runners. */
export async function fillStore(file: string, runners: StepRunners): Promise<{ plan: Plan; store: Store }> {
  const plan = await planFile(file)
  const store = new Store(join(file, '..', '.reteach'))
  const hashes = new FileHashes(store.inputHashesFile, undefined)
  const context = {
    signal: new AbortController().signal,
    threads: 1,
    onProgress: () => {},
    onNotice: () => {},
  }
  for (const step of plan.steps.values()) {
    const needed = step.needs.every((key) => store.isDone(plan.steps.get(key)!.kind, key))
    if (!needed || store.isDone(step.kind, step.key)) continue
    const folder = store.folderOf(step.kind, step.key)
    mkdirSync(folder, { recursive: true })
    const put = (name: string, content: object): void => writeFileSync(join(folder, name), JSON.stringify(content))
    try {
      const work = { folder, stateFolder: folder, finish: () => {}, fail: () => {}, leave: () => {} }
      const { key, kind, label, inputs } = step
      const result = await runStep(step, work, store, runners, hashes, context)
      const finished = '2026-01-01T00:00:00.000Z'
      const told = { program: 'reteach', host: { node: 'v20', platform: 'linux-x64' }, seconds: 1, finished }
      put('step.json', { key, kind, version: ruleOf(kind).version, label, inputs, ...told, result })
      put('done.json', { key: step.key })
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      writeFileSync(`${folder}.failed.json`, JSON.stringify({ reason: error.message, time: '' }))
      rmSync(folder, { recursive: true })
    }
  }
  return { plan, store }
}

function scriptedRunners(script: Script): StepRunners {
  return {
    async teach(work) {
      const before = 'folder' in work.start ? readTaught(work.start.folder).lessons : [start(work.start.scratch)]
      const { learningRate: rate, seed } = work.lesson
      const lesson = prefixOf(work).trim().replace(':', '') + (rate === usualRate ? '' : `(${rate})`)
      const taught: Taught = { lessons: [...before, lesson], seed }
      const failure = script.failure?.(taught)
      if (failure !== undefined) throw new Fault(failure)
      const losses = script.losses?.(taught) ?? [4, 3, 2, 1]
      const put = (name: string, lines: readonly object[]): void =>
        writeFileSync(join(work.outFolder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
      put('taught.json', [taught])
      put('model.safetensors', [])
      put(
        'evaluations.jsonl',
        losses.map((loss, i) => ({ step: 10 * (i + 1), loss })),
      )
      put(
        'log.jsonl',
        Array.from({ length: 40 }, (_, i) => ({ step: i + 1, loss: losses[Math.floor(i / 10)]! + 0.5, tokens: 100 })),
      )
      const best = { step: 40, value: Math.min(...losses) }
      const outcome = {
        steps: 40,
        seconds: 120,
        loss: 1,
        best,
        weightsSha256: JSON.stringify(script.weights?.(taught) ?? taught),
        peakRssBytes: 1,
      }
      return { ...outcome, ...script.outcome?.(taught) }
    },
    async predict(work) {
      const taught = readTaught(work.model)
      const task = (work.prefix ?? '').trim().replace(':', '')
      const targets = readFileSync(work.sources, 'utf8').trimEnd().split('\n')
      // How hard a row is stays the same for all; what is left to chance depends on the checkpoint.
      const hardness = seededRandom([task.charCodeAt(0), 3])
      const chance = seededRandom(
        [...taught.lessons.join().split('')].map((sign) => sign.charCodeAt(0)).concat(taught.seed),
      )
      const share = script.right(taught, task)
      const answers = targets.map((line, row) => {
        const isRight = 0.8 * hardness.uniform() + 0.2 * chance.uniform() < share
        // Rows whose prefix is swapped have no target.
        const { target = 'right' } = JSON.parse(line) as { target?: string }
        return { prediction: isRight ? target : share < 0 ? '' : `wrong ${row}` }
      })
      writeFileSync(work.out, answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''))
      return { seconds: 1, peakRssBytes: 1 }
    },
  }
}

function start(config: Readonly<Record<string, unknown>>): string {
  return config.d_model === 8 ? 'base' : 'other'
}

function readTaught(folder: string): Taught {
  return JSON.parse(readFileSync(join(folder, 'taught.json'), 'utf8')) as Taught
}
