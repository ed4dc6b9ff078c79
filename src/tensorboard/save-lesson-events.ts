import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { readAllJsonLines } from '../base/json-lines.ts'
import { eventFile, type ScalarEvent } from './event-file.ts'

type LogLine = { readonly step: number; readonly [name: string]: unknown }

/** Where a lesson's numbers are, and when they were made. */
export interface LoggedLesson {
  /** Holds `log.jsonl` and, where the validation rows were looked at, `evaluations.jsonl`. */
  readonly folder: string
  /** How long it took: its steps are spread over that, up to when the log was written. */
  readonly seconds: number
}

/**
 * Writes a finished lesson's numbers as an event file into a folder, which TensorBoard shows as one run: `train/loss`,
 * `train/grad_norm`, `train/learning_rate` and `train/tokens` of every update, `eval/loss` and `eval/SCORE` of every evaluation.
 * The same lesson gives the same file.
 *
 * @throws {Fault} when the log cannot be read or the folder cannot be written
 */
export async function saveLessonEvents(numbers: LoggedLesson, to: string): Promise<void> {
  const log = join(numbers.folder, 'log.jsonl')
  if (!existsSync(log)) return
  const updates = await readAllJsonLines<LogLine>(log)
  const evaluations = join(numbers.folder, 'evaluations.jsonl')
  const looks = existsSync(evaluations) ? await readAllJsonLines<LogLine>(evaluations) : []
  const end = Math.floor(statSync(log).mtimeMs / 1000)
  const begun = end - numbers.seconds
  const last = Math.max(1, updates.at(-1)?.step ?? 1)
  const at = (step: number): number => begun + (numbers.seconds * step) / last
  const events = [
    ...updates.flatMap((line) => scalars('train', line, at)),
    ...looks.flatMap((line) => looked(line, at)),
  ]
  writeFileAtomic(join(to, `events.out.tfevents.${end}.reteach`), eventFile(events, begun))
}

function looked({ scores, ...line }: LogLine, at: (step: number) => number): ScalarEvent[] {
  const named = typeof scores === 'object' && scores !== null ? scores : {}
  return [...scalars('eval', line, at), ...scalars('eval', { ...named, step: line.step }, at)]
}

/** JSON has no NaN: such a number is written as null. */
function scalars(group: string, { step, ...numbers }: LogLine, at: (step: number) => number): ScalarEvent[] {
  return Object.entries(numbers).flatMap(([name, value]) => {
    if (typeof value !== 'number' && value !== null) return []
    return [{ tag: `${group}/${name}`, step, value: value ?? Number.NaN, wallTime: at(step) }]
  })
}
