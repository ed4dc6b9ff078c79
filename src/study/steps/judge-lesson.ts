import { Fault } from '../../base/fault.ts'
import { readAllJsonLines } from '../../base/json-lines.ts'
import type { AnswerRequest, Evaluation, Judge, Judgement } from '../../lesson/protocol.ts'
import type { TeachSettings } from '../../lesson/teach-settings.ts'
import { type HealthFinding, type HealthName, healthSentence } from '../../tasks/answer-health.ts'
import { decidingValue } from '../best-by.ts'
import type { StepKey } from '../keys.ts'
import { scoreName } from '../score-names.ts'
import type { StudyTask } from '../study.ts'
import { answering } from './answer-request.ts'
import type { FinishedSteps } from './finished-steps.ts'
import type { PreparedPair } from './prepare-task.ts'
import { goodShare, judgeAnswers, type MetricScores } from './score-answers.ts'

/** Validation rows that are answered at each evaluation of a lesson, as its tasks' test rows will be. */
export interface PlannedAnswers {
  readonly parts: readonly { readonly task: StudyTask; readonly data: StepKey }[]
  /** Of each task; `undefined`: all. */
  readonly rows: number | undefined
  /** Whether its scores are called after their tasks. */
  readonly mixed: boolean
  /** Whether the study asks for the scores; else the answers only show whether the lesson collapses. */
  readonly scored: boolean
}

/** A lesson as far as its answers and their judge need it. */
interface JudgedLesson {
  readonly label: string
  readonly settings: Pick<TeachSettings, 'best_by' | 'on_collapse'>
  readonly answers: PlannedAnswers | undefined
}

/**
 * What a lesson answers at its evaluations: each task's validation rows, with the prefix, limit and options with which
 * its test rows will be answered. The answers get the task's scores, which may decide which checkpoint is kept, and are
 * looked at for what is wrong with them.
 *
 * @param onNotice told what is wrong with them, each thing once, after a fair chance
 */
export function lessonAnswers(
  step: JudgedLesson,
  done: Pick<FinishedSteps, 'rowsFile'>,
  onNotice: (sentence: string) => void,
): { readonly requests: AnswerRequest[]; readonly judge: Judge } | undefined {
  const { answers: planned } = step
  if (planned === undefined) return undefined
  const rows = new Map<string, Promise<PreparedPair[]>>()
  const rowsOf = (name: string): Promise<PreparedPair[]> => {
    const { data } = planned.parts.find(({ task }) => task.name === name)!
    const known = rows.get(name) ?? readAllJsonLines<PreparedPair>(done.rowsFile(data, 'validation'))
    rows.set(name, known)
    return known
  }
  return {
    requests: planned.parts.map(({ task, data }) => ({
      name: task.name,
      sources: done.rowsFile(data, 'validation'),
      ...(planned.rows === undefined ? {} : { rows: planned.rows }),
      ...answering(task),
    })),
    async judge(evaluation) {
      const memory = (evaluation.memory ?? firstMemory(evaluation)) as Memory
      const loss = { first: memory.firstLoss, last: evaluation.loss }
      const scores: Record<string, number> = {}
      const found: { task: string; finding: HealthFinding }[] = []
      const shares: number[] = []
      for (const { name, rows: answered, predictions } of evaluation.answers) {
        const { task } = planned.parts.find((part) => part.task.name === name)!
        const pairs = await rowsOf(name)
        const judged = judgeAnswers(
          task,
          answered.map((row) => pairs[row]!),
          predictions,
          loss,
        )
        const metrics = judged.scored.map(({ result }) => result)
        for (const [score, value] of namedScores(metrics)) scores[planned.mixed ? `${name}.${score}` : score] = value
        shares.push(goodShare(metrics[0]!, metrics[0]!.fields[0]!))
        for (const finding of judged.health) found.push({ task: name, finding })
      }
      if (planned.mixed) scores.mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
      return { ...(planned.scored ? { scores } : {}), ...judgement(evaluation, memory, scores, found) }
    },
  }

  function judgement(
    { step: updates, steps }: Evaluation,
    before: Memory,
    scores: Readonly<Record<string, number>>,
    found: readonly { task: string; finding: HealthFinding }[],
  ): Judgement {
    const { best_by: bestBy, on_collapse: onCollapse } = step.settings
    const tasks = step.answers!.parts.map(({ task }) => task.name)
    const value = bestBy === 'loss' ? undefined : decidingValue(bestBy, scores, tasks)
    if (bestBy !== 'loss' && value === undefined) {
      const known = Object.keys(scores).join(', ')
      throw new Fault(`Cannot keep the best checkpoint by "${bestBy}" as the answers have no such score: use ${known}`)
    }
    const at = `${step.label}, after update ${updates} of ${steps}`
    const collapse = found.find(({ finding }) => finding.collapsed)?.finding
    const collapsed = collapse === undefined ? 0 : before.collapsed + 1
    const wasHealthy = before.wasHealthy || collapse === undefined
    const over = collapse !== undefined && isOver({ collapsed, wasHealthy }, updates, steps)
    const ids = hadItsChance(updates, steps) || over ? found.map(({ task, finding }) => `${task} ${finding.name}`) : []
    for (const [index, id] of ids.entries()) {
      const { task, finding } = found[index]!
      const of = tasks.length > 1 ? ` (${task})` : ''
      if (!before.told.includes(id)) onNotice(`${at}${of}: ${healthSentence(finding)}`)
    }
    const told = [...new Set([...before.told, ...ids])]
    const memory: Memory = { firstLoss: before.firstLoss, collapsed, wasHealthy, told }
    const stops = over && onCollapse === 'stop'
    const health = [...new Set(found.map(({ finding }): HealthName => finding.name))]
    return {
      ...(value === undefined ? {} : { value }),
      ...(health.length === 0 ? {} : { notes: { health } }),
      memory,
      ...(stops
        ? { stop: `The lesson has collapsed by update ${updates} of ${steps}: ${healthSentence(collapse!)}` }
        : {}),
    }
  }
}

/** What an evaluation leaves for the next one. */
interface Memory {
  readonly firstLoss: number
  /** Evaluations in a row that found the answers of no use. */
  readonly collapsed: number
  /** Whether any evaluation has found them of use. */
  readonly wasHealthy: boolean
  /** Findings that evaluations before have told of: each is told once. */
  readonly told: readonly string[]
}

function firstMemory({ loss }: Evaluation): Memory {
  return { firstLoss: loss, collapsed: 0, wasHealthy: false, told: [] }
}

/**
 * Whether a collapse is to stay. After a fair chance, and once its answers were of use, two evaluations in a row are
 * enough. A lesson that ends without ever having given an answer of use has failed.
 */
function isOver(
  { collapsed, wasHealthy }: Pick<Memory, 'collapsed' | 'wasHealthy'>,
  updates: number,
  steps: number,
): boolean {
  if (updates === steps && !wasHealthy) return true
  return collapsed >= 2 && (wasHealthy || hadItsChance(updates, steps))
}

/**
 * A model that is new to a task begins with answers of no use - mT5 fills in spans for some hundred updates, a small one
 * gives one answer to most rows - so nobody is warned in the first half of a lesson.
 */
function hadItsChance(updates: number, steps: number): boolean {
  return updates >= steps / 2
}

function namedScores(metrics: readonly MetricScores[]): [string, number][] {
  return metrics.flatMap((metric) =>
    metric.fields.map((field): [string, number] => [scoreName(metric, field), metric.scores[field]!]),
  )
}
