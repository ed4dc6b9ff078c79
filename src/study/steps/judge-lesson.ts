import { Fault } from '../../base/fault.ts'
import { readAllJsonLines } from '../../base/json-lines.ts'
import { type HealthFinding, type HealthName, healthSentence } from '../../tasks/answer-health.ts'
import { bestIs, decidingValue } from '../best-by.ts'
import { scoreName } from '../score-names.ts'
import type { TeachStep } from '../steps.ts'
import type { Store } from '../store/store.ts'
import { goodShare, judgeAnswers, type MetricScores } from './evaluate.ts'
import { type PreparedPair, preparedFile } from './prepare-task.ts'
import type { LessonAnswers, LessonEvaluation, LessonJudgement } from './runners.ts'

/**
 * What a lesson answers at its evaluations: each task's validation rows, with the prefix, limit and options with which
 * its test rows will be answered. The answers get the task's scores, which may decide which checkpoint is kept, and are
 * looked at for what is wrong with them.
 *
 * @param onNotice told what is wrong with them, each thing once
 */
export function lessonAnswers(
  step: TeachStep,
  store: Store,
  onNotice: (sentence: string) => void,
): LessonAnswers | undefined {
  const { answers: planned } = step
  if (planned === undefined) return undefined
  const rows = new Map<string, Promise<PreparedPair[]>>()
  const file = (data: (typeof planned.parts)[number]['data']): string =>
    preparedFile(store.folderOf('prepare', data), 'validation')
  const rowsOf = (name: string): Promise<PreparedPair[]> => {
    const { data } = planned.parts.find(({ task }) => task.name === name)!
    const known = rows.get(name) ?? readAllJsonLines<PreparedPair>(file(data))
    rows.set(name, known)
    return known
  }
  return {
    parts: planned.parts.map(({ task, data }) => ({
      name: task.name,
      sources: file(data),
      prefix: task.prefix,
      maxSource: task.limits.source,
      generate: task.generate,
    })),
    rows: planned.rows,
    best: bestIs(step),
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
    { step: updates, steps }: LessonEvaluation,
    before: Memory,
    scores: Readonly<Record<string, number>>,
    found: readonly { task: string; finding: HealthFinding }[],
  ): LessonJudgement {
    const { best_by: bestBy, on_collapse: onCollapse } = step.settings
    const tasks = step.answers!.parts.map(({ task }) => task.name)
    const value = bestBy === 'loss' ? undefined : decidingValue(bestBy, scores, tasks)
    if (bestBy !== 'loss' && value === undefined) {
      const known = Object.keys(scores).join(', ')
      throw new Fault(`Cannot keep the best checkpoint by "${bestBy}" as the answers have no such score: use ${known}`)
    }
    const at = `${step.label}, after update ${updates} of ${steps}`
    const ids = found.map(({ task, finding }) => `${task} ${finding.name}`)
    found.forEach(({ task, finding }, index) => {
      const of = tasks.length > 1 ? ` (${task})` : ''
      if (!before.told.includes(ids[index]!)) onNotice(`${at}${of}: ${healthSentence(finding)}`)
    })
    const collapse = found.find(({ finding }) => finding.collapsed)?.finding
    const memory: Memory = {
      firstLoss: before.firstLoss,
      collapsed: collapse === undefined ? 0 : before.collapsed + 1,
      wasHealthy: before.wasHealthy || collapse === undefined,
      told: [...new Set([...before.told, ...ids])],
    }
    const stops = collapse !== undefined && onCollapse === 'stop' && isOver(memory, updates, steps)
    const health = [...new Set(found.map(({ finding }): HealthName => finding.name))]
    return {
      ...(value === undefined ? {} : { value }),
      ...(health.length === 0 ? {} : { notes: { health } }),
      memory,
      ...(stops
        ? { stop: `The lesson has collapsed by update ${updates} of ${steps}: ${healthSentence(collapse)}` }
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
  /** Findings of all evaluations before: each is told once. */
  readonly told: readonly string[]
}

function firstMemory({ loss }: LessonEvaluation): Memory {
  return { firstLoss: loss, collapsed: 0, wasHealthy: false, told: [] }
}

/**
 * Whether a collapse is to stay. A model that is new to a task begins with answers of no use - mT5 fills in spans for
 * some hundred updates - so it gets half of its lesson; after that, and once its answers were of use, two evaluations in
 * a row are enough. A lesson that ends without ever having given an answer of use has failed.
 */
function isOver({ collapsed, wasHealthy }: Memory, updates: number, steps: number): boolean {
  if (updates === steps && !wasHealthy) return true
  return collapsed >= 2 && (wasHealthy || updates >= steps / 2)
}

function namedScores(metrics: readonly MetricScores[]): [string, number][] {
  return metrics.flatMap((metric) =>
    metric.fields.map((field): [string, number] => [scoreName(metric, field), metric.scores[field]!]),
  )
}
