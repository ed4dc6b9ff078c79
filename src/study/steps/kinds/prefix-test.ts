import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../../../base/atomic-file.ts'
import { evenly } from '../../../base/evenly.ts'
import { readJsonLines, writeJsonLines } from '../../../base/json-lines.ts'
import type { PredictResult } from '../../../lesson/protocol.ts'
import { keptAnswersFile } from '../../../lesson/saved-state.ts'
import { type HealthFinding, healthSentence } from '../../../tasks/answer-health.ts'
import type { StepKey } from '../../keys.ts'
import { answerRequest } from '../answer-request.ts'
import { answerInputs } from '../known-answers.ts'
import type { WorkContext } from '../runners.ts'
import type { Answer, PredictionRow } from '../score-answers.ts'
import type { StepBase, StepContext, StepPlace, StepRule } from '../step-rule.ts'
import type { EvaluateStep } from './evaluate.ts'

/** Answers some test rows of a task again, with the prefixes of the other tasks of the mixture that was taught last. */
export interface PrefixTestStep extends StepBase<'prefix-test'> {
  readonly evaluation: EvaluateStep
  /** Other prefixes, each with the tasks that have it. */
  readonly others: readonly { readonly prefix: string; readonly tasks: readonly string[] }[]
  readonly rows: number
}

export interface PrefixTestResult extends PredictResult, PrefixTest {
  readonly health?: readonly ['prefix-unused']
}

export const prefixTest: StepRule<PrefixTestStep, PrefixTestResult> = {
  version: 2,
  inputs: ({ evaluation, others, rows }) => ({
    // What the answers depend on that are compared with the new ones.
    answers: answerInputs(evaluation.inputs),
    // What is put before the sources instead, and of how many rows.
    prefixes: others.map(({ prefix }) => prefix),
    rows,
  }),
  label: ({ evaluation }) => `swap prefixes: ${evaluation.tested} on ${evaluation.task.name}`,
  needs: ({ evaluation }) => [taughtModel(evaluation), evaluation.key],
  work: testPrefixes,
}

function taughtModel({ model }: EvaluateStep): StepKey {
  if (model.kind !== 'step') throw new Error('Cannot swap the prefixes of a model that was not taught')
  return model.key
}

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
async function testPrefixes(
  step: PrefixTestStep,
  { folder, stateFolder }: StepPlace,
  context: StepContext,
): Promise<PrefixTestResult> {
  const { evaluation, others } = step
  const { done, runners } = context
  const model = done.modelFolder(taughtModel(evaluation))
  const rows = await testedRows(done.predictionsFile(evaluation.key), step.rows)
  const [sources, out] = [join(folder, 'sources.jsonl'), join(folder, 'swapped.jsonl')]
  await writeJsonLines(
    sources,
    rows.map(({ source }) => ({ source })),
  )
  const compared: { row: number; prefix: string; answer: string; swapped: string }[] = []
  const prefixes: PrefixTest['prefixes'][number][] = []
  const outcomes: PredictResult[] = []
  for (const [index, { prefix, tasks }] of others.entries()) {
    const keep = join(stateFolder, keptAnswersFile(index))
    const work = answerRequest({ model, sources, out, keep }, { ...evaluation.task, prefix }, context)
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
      context.onNotice(`${step.label}: ${healthSentence(unusedPrefix(tasks, { equal, of: rows.length }))}`)
    }
  }
  for (const path of [sources, out]) rmSync(path)
  await writeJsonLines(join(folder, 'answers.jsonl'), compared)
  writeFileAtomic(join(folder, 'prefix-test.json'), `${JSON.stringify({ prefixes } satisfies PrefixTest, null, 2)}\n`)
  return {
    seconds: outcomes.reduce((sum, { seconds }) => sum + seconds, 0),
    peakRssBytes: Math.max(...outcomes.map(({ peakRssBytes }) => peakRssBytes)),
    prefixes,
    ...(prefixes.some(isPrefixUnused) ? { health: ['prefix-unused'] as const } : {}),
  }
}

export function isPrefixUnused({ equal, of }: Pick<PrefixTest['prefixes'][number], 'equal' | 'of'>): boolean {
  return equal >= of * prefixUnusedShare
}

/** @param tasks those whose prefix was put before the sources */
export function unusedPrefix(
  tasks: readonly string[],
  { equal, of }: Pick<PrefixTest['prefixes'][number], 'equal' | 'of'>,
): Pick<HealthFinding, 'sentence' | 'hint'> {
  return {
    sentence: `${equal} of ${of} answers stay the same with the prefix of ${tasks.join(', ')}, so the model hardly uses it`,
    hint: 'teach the mixture longer, or give its tasks prefixes that are less alike',
  }
}

async function testedRows(
  path: string,
  wanted: number,
): Promise<{ row: number; source: string; prediction: string }[]> {
  const all: { source: string; prediction: string }[] = []
  for await (const { source, prediction } of readJsonLines<PredictionRow>(path)) all.push({ source, prediction })
  return evenly(all.length, wanted).map((row) => ({ row, ...all[row]! }))
}

function withoutSpaces(text: string): string {
  return text.replace(/\s+/gu, '')
}
