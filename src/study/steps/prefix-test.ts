import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../../base/atomic-file.ts'
import { readJsonLines, writeJsonLines } from '../../base/json-lines.ts'
import { asJson, type Json } from '../keys.ts'
import type { PrefixTestStep } from '../steps.ts'
import type { Store } from '../store/store.ts'
import type { Answer, PredictionRow } from './evaluate.ts'
import type { PredictOutcome, StepRunners, WorkContext } from './runners.ts'

/** Content of `prefix-test.json`: how many answers stay the same under each of the other prefixes. */
export interface PrefixTest {
  readonly prefixes: readonly { readonly prefix: string; readonly equal: number; readonly of: number }[]
}

/** With so many answers unchanged, a model does not tell its tasks apart by their prefixes. */
const prefixUnusedShare = 0.5

/**
 * Answers some test rows of a task once more, with the prefixes of the other tasks that were taught with it, and compares
 * with the answers of the test. Writes `prefix-test.json`, and `answers.jsonl` with both answers to each row.
 */
export async function testPrefixes(
  step: PrefixTestStep,
  folder: string,
  store: Store,
  runners: StepRunners,
  context: WorkContext,
): Promise<Json> {
  const { evaluation, others } = step
  if (evaluation.model.kind !== 'step') throw new Error('Cannot swap the prefixes of a model that was not taught')
  const rows = await testedRows(join(store.folderOf('evaluate', evaluation.key), 'predictions.jsonl'), step.rows)
  const [sources, out] = [join(folder, 'sources.jsonl'), join(folder, 'swapped.jsonl')]
  await writeJsonLines(
    sources,
    rows.map(({ source }) => ({ source })),
  )
  const compared: { row: number; prefix: string; answer: string; swapped: string }[] = []
  const prefixes: PrefixTest['prefixes'][number][] = []
  const outcomes: PredictOutcome[] = []
  for (const [index, { prefix, tasks }] of others.entries()) {
    const work = {
      model: store.folderOf('teach', evaluation.model.key),
      sources,
      prefix,
      maxSource: evaluation.task.limits.source,
      generate: evaluation.task.generate,
      out,
    }
    const onProgress: WorkContext['onProgress'] = (progress) =>
      context.onProgress({
        ...progress,
        done: index * rows.length + progress.done,
        total: others.length * rows.length,
      })
    outcomes.push(await runners.predict(work, { ...context, onProgress }))
    let at = 0
    let equal = 0
    for await (const { prediction: swapped } of readJsonLines<Answer>(out)) {
      const { row, prediction: answer } = rows[at++]!
      compared.push({ row, prefix, answer, swapped })
      if (withoutSpaces(answer) === withoutSpaces(swapped)) equal++
    }
    if (at !== rows.length) throw new Error(`There are ${at} answers to ${rows.length} sources`)
    prefixes.push({ prefix, equal, of: rows.length })
    if (isPrefixUnused({ equal, of: rows.length })) {
      context.onNotice(`${step.label}: ${unusedPrefixSentence(tasks, { equal, of: rows.length })}`)
    }
  }
  for (const path of [sources, out]) rmSync(path)
  await writeJsonLines(join(folder, 'answers.jsonl'), compared)
  writeFileAtomic(join(folder, 'prefix-test.json'), `${JSON.stringify({ prefixes } satisfies PrefixTest, null, 2)}\n`)
  return asJson({
    seconds: outcomes.reduce((sum, { seconds }) => sum + seconds, 0),
    peakRssBytes: Math.max(...outcomes.map(({ peakRssBytes }) => peakRssBytes)),
    prefixes,
    ...(prefixes.some(isPrefixUnused) ? { health: ['prefix-unused'] } : {}),
  })
}

export function isPrefixUnused({ equal, of }: Pick<PrefixTest['prefixes'][number], 'equal' | 'of'>): boolean {
  return equal >= of * prefixUnusedShare
}

/** @param tasks those whose prefix was put before the sources */
export function unusedPrefixSentence(
  tasks: readonly string[],
  { equal, of }: Pick<PrefixTest['prefixes'][number], 'equal' | 'of'>,
): string {
  return `${equal} of ${of} answers stay the same with the prefix of ${tasks.join(', ')}, so the model hardly uses it; teach the mixture longer, or give its tasks prefixes that are less alike`
}

async function testedRows(
  path: string,
  wanted: number,
): Promise<{ row: number; source: string; prediction: string }[]> {
  const all: { source: string; prediction: string }[] = []
  for await (const { source, prediction } of readJsonLines<PredictionRow>(path)) all.push({ source, prediction })
  const count = Math.min(wanted, all.length)
  return Array.from({ length: count }, (_, i) => {
    const row = Math.floor((i * all.length) / count)
    return { row, ...all[row]! }
  })
}

function withoutSpaces(text: string): string {
  return text.replace(/\s+/gu, '')
}
