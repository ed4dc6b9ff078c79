import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CliResult } from './cli.ts'
import { storeContent } from './damage-store.ts'

/** Commands that write into a store, or beside it, and may be killed at any moment. */
export function storeWriters(study: string, out: string): string[][] {
  return [
    ['gc', study],
    ['gc', study, '--dry-run'],
    ['verify', 'store', study],
    ['figures', study, '--out', out],
    ['recommend', study],
    ['status', study],
    ['models', study],
  ]
}

/** Work that leaves files of its own, or answers, which must be the same however often it was killed before. */
export interface KilledWork {
  readonly args: readonly string[]
  /** Makes its place as it was before the work. */
  readonly prepare: () => void
  /** What it has left, given how it ended. */
  readonly content: (ended: CliResult) => Record<string, string>
  /** Whether it says so, and fails, where it was finished before it could be killed. */
  readonly isDoneOnce?: true
}

/** @param store a finished one, which is left as it is */
export function killedWorks(study: string, store: string, folder: string, threads: readonly string[]): KilledWork[] {
  const models = join(folder, 'models')
  cpSync(store, models, { recursive: true })
  const [extended, exported, taught] = ['extended', 'exported', 'taught'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const pairs = join(folder, 'pairs.jsonl')
  const rows = Array.from({ length: 48 }, (_, i) => ({
    source: `the house ${i % 7} and ${i % 5}`,
    target: `boat ${i % 3}`,
  }))
  writeFileSync(pairs, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  const model = join(study, '..', 'model')
  const answers = ({ out }: CliResult): Record<string, string> => ({ out })
  const remove = (path: string) => (): void => rmSync(path, { recursive: true, force: true })
  return [
    {
      args: ['extend', `${study}#flan -> res -> a2t`, '--epochs', '2', '--store', extended, ...threads],
      prepare() {
        remove(extended)()
        cpSync(models, extended, { recursive: true })
      },
      content: () => storeContent(extended),
    },
    {
      args: ['export', `${study}#flan -> res`, '--store', models, '--out', exported],
      prepare: remove(exported),
      content: () => filesOf(exported),
      isDoneOnce: true,
    },
    {
      args: ['teach', '--model', model, '--data', pairs, '--out', taught, '--learning-rate', '1e-3', '--batch', '8']
        .concat(['--epochs', '4', '--save-every', '0.01', '--json'])
        .concat(threads),
      prepare: remove(taught),
      content: () => filesOf(taught),
      isDoneOnce: true,
    },
    {
      args: ['predict', '--model', `${study}#flan -> res -> a2t`, '--store', models, '--pairs', pairs].concat(threads),
      prepare() {},
      content: answers,
    },
    {
      args: ['loss', '--model', `${study}#flan -> res`, '--store', models, '--json', ...threads],
      prepare() {},
      content: answers,
    },
    { args: ['data', study, '--json'], prepare() {}, content: answers },
  ]
}

/** Commands of all kinds, for beside a run into the same store. @param other a study that shares no lesson with it */
export function besideCommands(study: string, other: string, folder: string): string[][] {
  const out = (name: string): string => join(folder, name)
  return [
    ['gc', study],
    ['gc', other],
    ['gc', other, '--weights', 'none'],
    ['gc'],
    ['gc', study, '--dry-run'],
    ['verify', 'store', study],
    ['verify', 'store', study, '--json'],
    ['status', study],
    ['status', study, '--json'],
    ['plan', study, '--no-measure'],
    ['plan', study],
    ['recommend', study, '--json'],
    ['figures', study, '--out', out('figures')],
    ['models', study],
    ['models', study, '--json'],
    ['data', study],
    ['run', study],
    ['run', other],
    ['run', study, '--dry-run'],
    ['extend', `${study}#flan -> res -> a2t`, '--epochs', '1'],
    ['export', `${study}#flan -> res`, '--out', out(`exported-${Math.floor(performance.now())}`)],
    ['predict', '--model', `${study}#flan -> res -> a2t`, '--pairs', join(study, '..', 'pairs.jsonl')],
    ['loss', '--model', `${study}#flan -> res`],
  ]
}

/** @returns the content of every file of a folder, by its path; nothing where there is none */
function filesOf(folder: string): Record<string, string> {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return {}
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const files = names.filter((name) => statSync(join(folder, name)).isFile())
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'latin1')]))
}
