import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { temporaryBeside, writeFault } from '../../base/atomic-file.ts'
import { Fault } from '../../base/fault.ts'
import { teachInChild } from '../../train/child.ts'
import type { LessonSettings, TeachEvent, TeachRequest, TeachResult } from '../../train/protocol.ts'
import { formatDuration } from '../durations.ts'
import { interruptible, savingSentence } from '../interrupts.ts'
import { numberFrom, positiveNumber, wholeNumber } from '../option-values.ts'
import { ProgressLine } from '../progress-line.ts'

interface TeachFlags {
  readonly model: string
  readonly data: string
  readonly out: string
  readonly learningRate: number
  readonly batch: number
  readonly epochs?: number
  readonly steps?: number
  readonly microBatch?: number
  readonly weightDecay: number
  readonly warmupSteps: number
  readonly schedule: 'linear' | 'constant'
  readonly maxGradNorm: number
  readonly dropout?: number
  readonly maxSource: number
  readonly maxTarget: number
  readonly prefix: string
  readonly order: 'file' | 'shuffle' | 'length'
  readonly seed: number
  readonly validation?: string
  readonly evaluateEvery?: number | 'epoch'
  readonly keep: 'best' | 'last'
  readonly saveEvery?: number
  readonly threads?: number
  readonly dryRun?: true
  readonly json?: true
}

const epochOrNumber = (text: string): number | 'epoch' => (text === 'epoch' ? text : wholeNumber(1)(text))

/** Longer than any text: nothing is cut. */
export const noLimit = 2 ** 31 - 1

/** `reteach teach`: one lesson without a study. */
export function addTeachCommand(program: Command): void {
  program
    .command('teach')
    .description('Teach a model one lesson, without a study')
    .requiredOption('--model <dir>', 'model folder to begin from')
    .requiredOption('--data <file>', 'training pairs: JSONL of {"source", "target"}')
    .requiredOption('--out <dir>', 'folder for the taught model; log.jsonl is written into it')
    .requiredOption('--learning-rate <x>', 'peak learning rate; 0 leaves the weights as they are', numberFrom(0))
    .requiredOption('--batch <n>', 'pairs an update', wholeNumber(1))
    .option('--epochs <n>', 'times that every pair is seen', positiveNumber)
    .option('--steps <n>', 'number of updates, going round the data as often as needed', wholeNumber(1))
    .option('--micro-batch <n>', 'pairs of one pass, to save memory (default: chosen by the engine)', wholeNumber(1))
    .option('--weight-decay <x>', 'decoupled weight decay', numberFrom(0), 0)
    .option('--warmup-steps <n>', 'updates over which the learning rate rises', wholeNumber(0), 0)
    .addOption(
      new Option('--schedule <name>', 'of the learning rate').choices(['linear', 'constant']).default('linear'),
    )
    .option('--max-grad-norm <x>', 'the gradient is clipped to this norm; 0: not clipped', numberFrom(0), 1)
    .option('--dropout <x>', "dropout rate (default: the model's own)", numberFrom(0, 1))
    .option('--max-source <n>', 'longest source in tokens, </s> included (default: not cut)', wholeNumber(1), noLimit)
    .option('--max-target <n>', 'longest target in tokens, </s> included (default: not cut)', wholeNumber(1), noLimit)
    .option('--prefix <text>', 'put before every source', '')
    .addOption(
      new Option('--order <name>', 'order of the pairs').choices(['file', 'shuffle', 'length']).default('shuffle'),
    )
    .option('--seed <n>', 'seed of order and dropout', wholeNumber(0), 42)
    .option('--validation <file>', 'pairs whose loss is measured during the lesson')
    .option('--evaluate-every <n>', 'updates between two measurements, or "epoch" (the default)', epochOrNumber)
    .addOption(
      new Option('--keep <which>', 'with --validation: the best checkpoint or the last')
        .choices(['best', 'last'])
        .default('last'),
    )
    .option('--save-every <seconds>', 'how often the state is saved (default: 300)', positiveNumber)
    .option('--threads <n>', 'threads to use (default: all cores)', wholeNumber(1))
    .option('--dry-run', 'only check model and data, and say how many updates would be made')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
A lesson that was interrupted goes on from its saved state when the same command is given again.

Example:
  $ reteach teach --model ./mt5-small --data pairs.jsonl --out ./taught --learning-rate 5e-4 --batch 16 --epochs 10`,
    )
    .action(teach)
}

async function teach(flags: TeachFlags, command: Command): Promise<void> {
  if ((flags.epochs === undefined) === (flags.steps === undefined)) {
    command.error('error: give either --epochs or --steps', { exitCode: 2 })
  }
  const out = resolve(flags.out)
  checkOut(out, flags.out)
  if (flags.dryRun) {
    await interruptible((signal) => tryOut(flags, signal))
    return
  }
  makeParent(out)
  const outFolder = temporaryBeside(out)
  const request = teachRequest(flags, outFolder, `${out}.state-${identity(flags)}`)
  const line = new ProgressLine()
  try {
    const result = await interruptible((signal) => follow(request, signal, line), savingSentence)
    if (statSync(out, { throwIfNoEntry: false })) rmdirSync(out)
    renameSync(outFolder, out)
    rmSync(request.stateFolder, { recursive: true, force: true })
    print(flags, result)
  } finally {
    rmSync(outFolder, { recursive: true, force: true })
  }
}

/** Lets the lesson begin, which reads the model and all pairs, and ends it before its first update. */
async function tryOut(flags: TeachFlags, signal: AbortSignal): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-teach-'))
  const request = teachRequest(flags, join(folder, 'out'), join(folder, 'state'))
  const begun = new AbortController()
  let started: Extract<TeachEvent, { type: 'started' }> | undefined
  try {
    await teachInChild(request, {
      signal: AbortSignal.any([signal, begun.signal]),
      onEvent(event) {
        if (event.type === 'warning') process.stderr.write(`Warning: ${event.message}\n`)
        if (event.type !== 'started') return
        started = event
        begun.abort()
      },
    })
  } catch (error) {
    if (!begun.signal.aborted) throw error
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const { parameters, steps } = started!
  if (flags.json) process.stdout.write(`${JSON.stringify({ parameters, updates: steps })}\n`)
  else process.stdout.write(`Would teach ${(parameters / 1e6).toFixed(1)} million parameters, ${steps} updates\n`)
}

async function follow(request: TeachRequest, signal: AbortSignal, line: ProgressLine): Promise<TeachResult> {
  const label = 'teach'
  let total = 0
  let from = 0
  try {
    return await teachInChild(request, {
      signal,
      onEvent(event) {
        if (event.type === 'started') {
          total = event.steps
          from = event.resumedAt
          line.say(
            `Teaching ${(event.parameters / 1e6).toFixed(1)} million parameters, ${total} updates${from > 0 ? `, going on after ${from}` : ''}`,
          )
        } else if (event.type === 'step') {
          line.update({
            label,
            done: event.step,
            total,
            unit: 'updates',
            from,
            detail: `loss ${event.loss.toFixed(3)}`,
          })
        } else if (event.type === 'evaluation') {
          line.say(`Validation loss after update ${event.step}: ${event.loss.toFixed(4)}`)
        } else if (event.type === 'warning') line.say(`Warning: ${event.message}`)
      },
    })
  } finally {
    line.end(label)
  }
}

function teachRequest(flags: TeachFlags, outFolder: string, stateFolder: string): TeachRequest {
  const lesson: LessonSettings = {
    learningRate: flags.learningRate,
    weightDecay: flags.weightDecay,
    adamBeta1: 0.9,
    adamBeta2: 0.999,
    adamEpsilon: 1e-8,
    maxGradNorm: flags.maxGradNorm,
    schedule: flags.schedule,
    warmupSteps: flags.warmupSteps,
    ...(flags.epochs === undefined ? {} : { epochs: flags.epochs }),
    ...(flags.steps === undefined ? {} : { steps: flags.steps }),
    batch: flags.batch,
    ...(flags.microBatch === undefined ? {} : { microBatch: flags.microBatch }),
    maxSource: flags.maxSource,
    maxTarget: flags.maxTarget,
    ...(flags.dropout === undefined ? {} : { dropout: flags.dropout }),
    order: flags.order,
    seed: flags.seed,
  }
  const examples = (pairs: string) => ({ pairs, prefix: flags.prefix })
  return {
    start: { folder: flags.model },
    lesson,
    train: examples(flags.data),
    ...(flags.validation === undefined
      ? {}
      : { validation: examples(flags.validation), evaluate: { every: flags.evaluateEvery ?? 'epoch', by: 'loss' } }),
    keep: flags.validation === undefined ? 'last' : flags.keep,
    outFolder,
    stateFolder,
    ...(flags.saveEvery === undefined ? {} : { saveStateEverySeconds: flags.saveEvery }),
    ...(flags.threads === undefined ? {} : { threads: flags.threads }),
  }
}

/** A folder that holds something may be another lesson's result, so it is not written over. */
function checkOut(out: string, written: string): void {
  try {
    const found = statSync(out, { throwIfNoEntry: false })
    if (found === undefined || (found.isDirectory() && readdirSync(out).length === 0)) return
  } catch (error) {
    throw writeFault(out, error)
  }
  throw new Fault(`Cannot write to "${written}" as it is there already: remove it or choose another folder`)
}

function makeParent(out: string): void {
  try {
    mkdirSync(dirname(out), { recursive: true })
  } catch (error) {
    throw writeFault(out, error)
  }
}

/** A state is gone on from only by the same lesson: same settings, same data, same model files. */
function identity({ json: _, threads: __, saveEvery: ___, out: ____, ...flags }: TeachFlags): string {
  const hash = createHash('sha256').update(JSON.stringify(flags))
  for (const file of [flags.data, flags.validation]) {
    if (file === undefined) continue
    try {
      hash.update(readFileSync(file))
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      throw new Fault(`Cannot read "${file}": ${code === 'ENOENT' ? 'there is no such file' : message}`, undefined, {
        cause: error,
      })
    }
  }
  for (const name of folderNames(flags.model)) {
    const { size, mtimeMs } = statSync(join(flags.model, name))
    hash.update(`${name} ${size} ${mtimeMs}\n`)
  }
  return hash.digest('hex').slice(0, 16)
}

function folderNames(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted((a, b) => (a < b ? -1 : 1))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such folder' : code === 'ENOTDIR' ? 'it is a file' : message
    throw new Fault(`Cannot read model "${folder}": ${why}`, undefined, { cause: error })
  }
}

function print(flags: TeachFlags, result: TeachResult): void {
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ ...result, out: flags.out })}\n`)
    return
  }
  const best =
    result.best === undefined
      ? ''
      : `, best validation loss ${result.best.value.toFixed(4)} after update ${result.best.step}`
  process.stdout.write(
    `Taught ${result.steps} updates in ${formatDuration(result.seconds)}, loss ${result.loss.toFixed(4)}${best}\n` +
      `The model is in "${flags.out}" (weights sha256 ${result.weightsSha256.slice(0, 16)}…)\n`,
  )
}
