import { given, refuseArguments } from '../../base/fault.ts'
import type { TeachSettings } from '../../lesson/teach-settings.ts'
import { hasTestRows, hasValidationRows } from '../has-rows.ts'
import type { StepKey } from '../keys.ts'
import { chainLabel } from '../lesson-label.ts'
import type { PlannedAnswers } from '../steps/judge-lesson.ts'
import type { EvaluateStep } from '../steps/kinds/evaluate.ts'
import type { PrefixTestStep } from '../steps/kinds/prefix-test.ts'
import type { TeachStep } from '../steps/kinds/teach.ts'
import { plannedStep, type Step, type StepOf } from '../steps/step-kinds.ts'
import type { Weights } from '../steps/weights.ts'
import {
  type Chain,
  type ChainLesson,
  isUntaught,
  type Start,
  type Study,
  type StudyMixture,
  type StudyTask,
  taskOfSeed,
} from '../study.ts'
import type { Inputs } from './inputs.ts'
import { withStartSettings } from './start-settings.ts'

/** A chain with one of its seeds. */
export interface PlannedChain {
  readonly chain: Chain
  readonly seed: number
  /** Keys of its lessons, in order. */
  readonly teach: readonly StepKey[]
  readonly evaluations: readonly {
    /** Which checkpoint: the number of lessons taught before it. */
    readonly afterLessons: number
    readonly task: string
    readonly key: StepKey
    /** Whether its answers depend on the prefix: where a mixture was taught last. */
    readonly prefixTest?: StepKey
    /** Whether the chain is made for this test; the others are there as `everywhere` asks for them. */
    readonly own: boolean
  }[]
}

export interface Plan {
  readonly study: Study
  /** Every step once, each after those that it needs. */
  readonly steps: ReadonlyMap<StepKey, Step>
  readonly chains: readonly PlannedChain[]
}

const studyKind = given('the "study" of what readStudy() gives', 'tasks', 'mixtures', 'chains')
const inputsKind = given(
  'what readInputs() gives of inputs without faults',
  'files',
  'model',
  'generation',
  'tokenizer',
  'scratch',
)

/** Of functions of the library. */
export const planKind = given('what planStudy() gives', 'study', 'steps', 'chains')

/**
 * Works out the steps of a study. Chains that begin alike share the steps of their beginning, whatever their names are.
 *
 * The plan depends on the study and the content of its inputs only, never on what is finished already.
 */
export function planStudy(checked: Study, inputs: Inputs): Plan {
  refuseArguments({ study: checked, inputs }, { study: studyKind, inputs: inputsKind })
  const study = withStartSettings(checked, (task) => inputs.generation(task))
  const steps = new Map<StepKey, Step>()
  const add = <S extends Step>(step: S): S => {
    const known = steps.get(step.key)
    // A lesson that chains share ends on a collapse when one of them says so.
    const stricter = step.kind === 'teach' && step.settings.on_collapse === 'stop'
    if (known !== undefined && !stricter) return known as S
    steps.set(step.key, step)
    return step
  }
  const context: Planning = { study, inputs, add, prepared: new Map(), taught: new Map() }
  const chains = study.chains.flatMap((chain) => distinct(chain.seeds.map((seed) => planChain(chain, seed, context))))
  return { study, steps, chains }
}

/** A model that several seeds come to is one result: it says nothing of chance. A start that is not taught has none. */
function distinct(planned: readonly PlannedChain[]): readonly PlannedChain[] {
  if (planned.every(({ chain }) => isUntaught(chain))) return planned
  const seen = new Set<string>()
  return planned.filter(({ teach, evaluations }) => {
    const name = [teach.at(-1), ...evaluations.map(({ key }) => key)].join(' ')
    return !seen.has(name) && seen.add(name)
  })
}

interface Planning {
  readonly study: Study
  readonly inputs: Inputs
  /** The step of each task that was planned before: every chain and seed asks for it again. */
  readonly prepared: Map<StudyTask, StepOf<'prepare'>>
  /** The step of each lesson that was planned before, by what it begins from and its seed: chains share their beginnings. */
  readonly taught: Map<ChainLesson, Map<string, TeachStep>>
  add<S extends Step>(step: S): S
}

function planChain(chain: Chain, seed: number, planning: Planning): PlannedChain {
  const { study } = planning
  const teach: TeachStep[] = []
  let weights = startWeights(chain.start, seed, planning.inputs)
  for (const [index, lesson] of chain.lessons.entries()) {
    const step = planOnce(lesson, [weights.kind === 'step' ? weights.key : chain.start.name, seed], planning, () =>
      planLesson(lesson, chain.start, weights, seed, lessonsLabel(chain, index), planning),
    )
    teach.push(step)
    weights = { kind: 'step', key: step.key }
  }
  const evaluations: PlannedChain['evaluations'][number][] = []
  const evaluate = (task: string, afterLessons: number, own: boolean): void => {
    const taught = teach[afterLessons - 1]
    const after: Weights =
      taught === undefined ? startWeights(chain.start, seed, planning.inputs) : { kind: 'step', key: taught.key }
    const label = afterLessons === 0 ? chain.start.name : lessonsLabel(chain, afterLessons - 1)
    const last = chain.lessons[afterLessons - 1]?.name
    const isTaught = last === task || (last !== undefined && study.mixtures.get(last)?.parts.has(task) === true)
    const model = {
      weights: after,
      tested: `${label}, seed ${seed}`,
      taskIs: isTaught ? 'taught' : own ? 'asked' : 'other',
    } as const
    const step = planEvaluation(taskOfSeed(study.tasks.get(task)!, seed), model, planning)
    const prefixTest = planPrefixTest(step, last, planning)
    evaluations.push({ afterLessons, task, key: step.key, own, ...(prefixTest && { prefixTest: prefixTest.key }) })
  }
  for (const task of chain.evaluate) evaluate(task, chain.lessons.length, true)
  if (study.everywhere) {
    for (let after = 1; after <= chain.lessons.length; after++) {
      for (const [name, task] of study.tasks) {
        const done = after === chain.lessons.length && chain.evaluate.includes(name)
        if (!done && task.texts.kind !== 'spans' && hasTestRows(task)) evaluate(name, after, false)
      }
    }
  }
  return { chain, seed, teach: teach.map(({ key }) => key), evaluations }
}

function planOnce(
  lesson: ChainLesson,
  by: readonly (string | number)[],
  { taught }: Planning,
  plan: () => TeachStep,
): TeachStep {
  const known = taught.get(lesson) ?? new Map<string, TeachStep>()
  taught.set(lesson, known)
  const name = by.join(' ')
  const step = known.get(name) ?? plan()
  // One that ends on a collapse takes the place of those that do not, whichever chain comes last.
  if (lesson.settings.on_collapse !== 'stop') known.set(name, step)
  return step
}

/** `mt5 -> res -> a2t` up to the lesson at `index`; what a start that is a chain stands for is told of its own lessons only. */
export function lessonsLabel(chain: Chain, index: number): string {
  const taught = chain.lessons.slice(0, index + 1)
  const own = taught.filter(({ beforehand }) => !beforehand)
  const [start, shown] = own.length > 0 ? [chain.startName, own] : [chain.start.name, taught]
  return chainLabel(start, shown)
}

function startWeights(start: Start, chainSeed: number, inputs: Inputs): Weights {
  if (start.kind !== 'scratch') {
    const { folder, identity } = inputs.model(start)
    return { kind: 'folder', folder, content: identity }
  }
  const { config, tokenizer, tokenizerIdentity } = inputs.scratch(start)
  return { kind: 'scratch', config, tokenizer, tokenizerContent: tokenizerIdentity, seed: start.seed ?? chainSeed }
}

function planLesson(
  lesson: ChainLesson,
  start: Start,
  weights: Weights,
  chainSeed: number,
  taught: string,
  planning: Planning,
): TeachStep {
  const task = ownTask(planning, lesson.name, chainSeed)
  const mixture = planning.study.mixtures.get(lesson.name)
  const data =
    mixture === undefined
      ? planTask(task!, planning)
      : planMixture(mixture, start, lesson.settings, chainSeed, planning)
  const { prefix: ownPrefix, seed: ownSeed } = lesson.settings
  const validated = hasValidation(lesson.name, planning.study)
  return planning.add(
    plannedStep('teach', {
      taught,
      chainSeed: lesson.beforehand && ownSeed !== undefined ? ownSeed : chainSeed,
      start: weights,
      data: data.key,
      prefix: mixture === undefined ? (ownPrefix ?? task!.prefix) : '',
      spans: task?.texts.kind === 'spans' ? { density: task.texts.density, meanSpan: task.texts.meanSpan } : undefined,
      settings: lesson.settings,
      seed: ownSeed ?? chainSeed,
      oneTaskABatch: mixture?.by === 'updates',
      hasValidation: validated,
      answers: validated ? planAnswers(lesson, chainSeed, planning) : undefined,
    }),
  )
}

/** A lesson's task with the rows that this seed is taught; `undefined` of a mixture. */
function ownTask({ study }: Planning, name: string, chainSeed: number): StudyTask | undefined {
  const task = study.tasks.get(name)
  return task && taskOfSeed(task, chainSeed)
}

/** Enough to see whether answers are of any use. */
const collapseRows = 64

function planAnswers(
  { name, settings }: ChainLesson,
  chainSeed: number,
  planning: Planning,
): PlannedAnswers | undefined {
  const { best_by, evaluate_rows: asked, on_collapse } = settings
  const { mixtures } = planning.study
  const names = [...(mixtures.get(name)?.parts.keys() ?? [name])]
  const parts = names.map((part) => {
    const task = ownTask(planning, part, chainSeed)!
    return { task, data: planTask(task, planning).key }
  })
  const scored = best_by !== 'loss' || asked !== undefined
  if (parts.some(({ task }) => task.texts.kind === 'spans') || (!scored && on_collapse === 'warn')) return undefined
  const rows = scored ? (asked ?? 'all') : collapseRows
  return { parts, rows: rows === 'all' ? undefined : rows, mixed: mixtures.has(name), scored }
}

function hasValidation(name: string, { tasks, mixtures }: Study): boolean {
  const parts = mixtures.get(name)?.parts.keys() ?? [name]
  return [...parts].every((part) => hasValidationRows(tasks.get(part)!))
}

function planTask(task: StudyTask, { inputs, prepared, add }: Planning): StepOf<'prepare'> {
  const known = prepared.get(task)
  if (known !== undefined) return known
  const { rows, parts } = task.data
  const named = Object.entries(parts).map(([name, part]) => [name, inputs.files(part)])
  const content = { ...(rows && { rows: inputs.files(rows) }), parts: Object.fromEntries(named) as object }
  const step = add(plannedStep('prepare', { task, content }))
  prepared.set(task, step)
  return step
}

function planMixture(
  mixture: StudyMixture,
  start: Start,
  { limits, batch }: TeachSettings,
  chainSeed: number,
  planning: Planning,
): StepOf<'prepare'> {
  const parts = [...mixture.parts].map(([name, ratio]) => {
    const task = ownTask(planning, name, chainSeed)!
    return { task, ratio, data: planTask(task, planning).key }
  })
  const tokenizer = mixture.by === 'tokens' ? planning.inputs.tokenizer(start) : undefined
  return planning.add(
    plannedStep('prepare', {
      mixture,
      parts,
      draw: {
        ...(tokenizer === undefined ? {} : { tokens: { tokenizer: tokenizer.path, limits } }),
        ...(mixture.by === 'updates' ? { batch } : {}),
      },
      ...(tokenizer === undefined ? {} : { tokenizerContent: tokenizer.identity }),
    }),
  )
}

interface TestedModel extends Pick<EvaluateStep, 'tested' | 'taskIs'> {
  readonly weights: Weights
}

function planEvaluation(task: StudyTask, { weights, tested, taskIs }: TestedModel, planning: Planning): EvaluateStep {
  if (weights.kind === 'scratch') throw new Error('Cannot evaluate weights that have been taught nothing')
  return planning.add(
    plannedStep('evaluate', { tested, model: weights, data: planTask(task, planning).key, task, taskIs }),
  )
}

/** Enough to see whether answers change. */
const prefixTestRows = 100

function planPrefixTest(
  evaluation: EvaluateStep,
  lastLesson: string | undefined,
  { study, add }: Planning,
): PrefixTestStep | undefined {
  const { task, model } = evaluation
  const mixture = lastLesson === undefined ? undefined : study.mixtures.get(lastLesson)
  if (!study.prefixTest || mixture?.parts.has(task.name) !== true || model.kind !== 'step') return undefined
  const byPrefix = new Map<string, string[]>()
  for (const name of mixture.parts.keys()) {
    const { prefix } = study.tasks.get(name)!
    if (prefix !== task.prefix) byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), name])
  }
  const others = [...byPrefix].map(([prefix, tasks]) => ({ prefix, tasks }))
  if (others.length === 0) return undefined
  others.sort((a, b) => (a.prefix < b.prefix ? -1 : 1))
  return add(plannedStep('prefix-test', { evaluation, others, rows: prefixTestRows }))
}
