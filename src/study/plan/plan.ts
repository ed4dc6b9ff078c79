import { keyedSettings, type TeachSettings } from '../../lesson/teach-settings.ts'
import { hasTestRows, hasValidationRows } from '../has-rows.ts'
import { asJson, type Json, type StepKey, stepKey } from '../keys.ts'
import {
  answerInputs,
  type EvaluateStep,
  type PlannedAnswers,
  type PrefixTestStep,
  type PrepareMixtureStep,
  type PrepareStep,
  type Step,
  type TeachStep,
  type Weights,
} from '../steps.ts'
import type { Chain, ChainLesson, FileSource, Start, Study, StudyMixture, StudyTask } from '../study.ts'
import type { Inputs } from './inputs.ts'

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

/**
 * Works out the steps of a study. Chains that begin alike share the steps of their beginning, whatever their names are.
 *
 * The plan depends on the study and the content of its inputs only, never on what is finished already.
 */
export function planStudy(study: Study, inputs: Inputs): Plan {
  const steps = new Map<StepKey, Step>()
  const add = <S extends Step>(step: S): S => {
    const known = steps.get(step.key)
    // A lesson that chains share ends on a collapse when one of them says so.
    const stricter = step.kind === 'teach' && step.settings.on_collapse === 'stop'
    if (known !== undefined && !stricter) return known as S
    steps.set(step.key, step)
    return step
  }
  const context: Planning = { study, inputs, add }
  const chains = study.chains.flatMap((chain) => chain.seeds.map((seed) => planChain(chain, seed, context)))
  return { study, steps, chains }
}

interface Planning {
  readonly study: Study
  readonly inputs: Inputs
  add<S extends Step>(step: S): S
}

function planChain(chain: Chain, seed: number, planning: Planning): PlannedChain {
  const { study } = planning
  const teach: TeachStep[] = []
  let weights = startWeights(chain.start, seed, planning.inputs)
  for (const [index, lesson] of chain.lessons.entries()) {
    const label = lessonsLabel(chain, index)
    const step = planLesson(lesson, chain.start, weights, seed, label, planning)
    teach.push(step)
    weights = { weights: { kind: 'step', key: step.key }, identity: { teach: step.key } }
  }
  const evaluations: PlannedChain['evaluations'][number][] = []
  const evaluate = (task: string, afterLessons: number, own: boolean): void => {
    const after =
      afterLessons === 0 ? startWeights(chain.start, seed, planning.inputs) : stepWeights(teach[afterLessons - 1]!)
    const label = afterLessons === 0 ? chain.start.name : lessonsLabel(chain, afterLessons - 1)
    const step = planEvaluation(study.tasks.get(task)!, after, `${label}${seedLabel(seed)}`, planning)
    const prefixTest = planPrefixTest(step, chain.lessons[afterLessons - 1]?.name, planning)
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

/** `mt5 -> res -> a2t` up to the lesson at `index`; what a start that is a chain stands for is told of its own lessons only. */
export function lessonsLabel(chain: Chain, index: number): string {
  const taught = chain.lessons.slice(0, index + 1)
  const own = taught.filter(({ beforehand }) => !beforehand)
  const [start, shown] = own.length > 0 ? [chain.startName, own] : [chain.start.name, taught]
  return [start, ...shown.map(({ label }) => label)].join(' -> ')
}

function seedLabel(seed: number): string {
  return `, seed ${seed}`
}

interface IdentifiedWeights {
  readonly weights: Weights
  readonly identity: Json
}

function startWeights(start: Start, chainSeed: number, inputs: Inputs): IdentifiedWeights {
  if (start.kind !== 'scratch') {
    const { folder, identity } = inputs.model(start)
    return { weights: { kind: 'folder', folder }, identity: { model: identity } }
  }
  const { config, tokenizer, tokenizerIdentity } = inputs.scratch(start)
  const seed = start.seed ?? chainSeed
  return {
    weights: { kind: 'scratch', config, tokenizer, seed },
    identity: { scratch: asJson(config), tokenizer: tokenizerIdentity, seed },
  }
}

function stepWeights({ key }: TeachStep): IdentifiedWeights {
  return { weights: { kind: 'step', key }, identity: { teach: key } }
}

function planLesson(
  lesson: ChainLesson,
  start: Start,
  { weights, identity }: IdentifiedWeights,
  chainSeed: number,
  label: string,
  planning: Planning,
): TeachStep {
  const task = planning.study.tasks.get(lesson.name)
  const mixture = planning.study.mixtures.get(lesson.name)
  const data =
    mixture === undefined ? planTask(task!, planning) : planMixture(mixture, start, lesson.settings, planning)
  const { prefix: ownPrefix, seed: ownSeed } = lesson.settings
  const prefix = mixture === undefined ? (ownPrefix ?? task!.prefix) : ''
  const seed = ownSeed ?? chainSeed
  const spans =
    task?.texts.kind === 'spans' ? { density: task.texts.density, meanSpan: task.texts.meanSpan } : undefined
  const validated = hasValidation(lesson.name, planning.study)
  const answers = validated ? planAnswers(lesson, planning) : undefined
  const inputs: Json = {
    start: identity,
    data: data.key,
    prefix,
    answers: answers?.scored ? answersInputs(answers) : undefined,
    spans: spans && { density: spans.density, mean_span: spans.meanSpan },
    settings: asJson(keyedSettings(lesson.settings)),
    seed,
  }
  return planning.add({
    key: stepKey('teach', inputs),
    kind: 'teach',
    label: `teach ${label}${seedLabel(seed)}`,
    needs: weights.kind === 'step' ? [weights.key, data.key] : [data.key],
    inputs,
    start: weights,
    data: data.key,
    prefix,
    spans,
    settings: lesson.settings,
    seed,
    oneTaskABatch: mixture?.by === 'updates',
    hasValidation: validated,
    answers,
  })
}

/** Enough to see whether answers are of any use. */
const collapseRows = 64

function planAnswers({ name, settings }: ChainLesson, planning: Planning): PlannedAnswers | undefined {
  const { best_by, evaluate_rows: asked, on_collapse } = settings
  const { tasks, mixtures } = planning.study
  const names = [...(mixtures.get(name)?.parts.keys() ?? [name])]
  const parts = names.map((part) => ({ task: tasks.get(part)!, data: planTask(tasks.get(part)!, planning).key }))
  const scored = best_by !== 'loss' || asked !== undefined
  if (parts.some(({ task }) => task.texts.kind === 'spans') || (!scored && on_collapse === 'warn')) return undefined
  const rows = scored ? (asked ?? 'all') : collapseRows
  return { parts, rows: rows === 'all' ? undefined : rows, mixed: mixtures.has(name), scored }
}

function answersInputs({ parts, rows }: PlannedAnswers): Json {
  return {
    rows: rows ?? 'all',
    parts: parts.map(({ task, data }) => ({
      data,
      prefix: task.prefix,
      max_source: task.limits.source,
      generate: asJson(task.generate),
      metrics: asJson(task.metrics),
    })),
  }
}

function hasValidation(name: string, { tasks, mixtures }: Study): boolean {
  const parts = mixtures.get(name)?.parts.keys() ?? [name]
  return [...parts].every((part) => hasValidationRows(tasks.get(part)!))
}

function planTask(task: StudyTask, { inputs, add }: Planning): PrepareStep {
  const { rows, split, parts } = task.data
  const source = (of: FileSource): Json => ({ files: inputs.files(of), reading: readingOf(of) })
  const texts = task.texts
  const keyed: Json = {
    rows: rows && source(rows),
    split: rows && asJson(split),
    parts: Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, source(part)])),
    texts:
      texts.kind === 'spans'
        ? { text: asJson(texts.text.template) }
        : {
            source: asJson(texts.source.template),
            ...(texts.kind === 'text'
              ? { target: asJson(texts.target.template) }
              : { ...texts.cells, single: texts.single, labels: asJson(texts.labels) }),
          },
    clean: asJson(task.clean),
  }
  return add({
    key: stepKey('prepare', keyed),
    kind: 'prepare',
    label: `prepare ${task.name}`,
    needs: [],
    inputs: keyed,
    task,
  })
}

/** How files are read; which they are is told by their content. */
function readingOf({ table }: FileSource): Json {
  const { file, files, hub, revision, config, split, ...reading } = table
  return asJson(reading)
}

function planMixture(
  mixture: StudyMixture,
  start: Start,
  { limits, batch }: TeachSettings,
  planning: Planning,
): PrepareMixtureStep {
  const parts = [...mixture.parts].map(([name, ratio]) => {
    const task = planning.study.tasks.get(name)!
    return { task, ratio, data: planTask(task, planning).key }
  })
  const tokenizer = mixture.by === 'tokens' ? planning.inputs.tokenizer(start) : undefined
  const inputs: Json = {
    parts: parts.map(({ task, ratio, data }) => ({ data, ratio, prefix: task.prefix })),
    by: mixture.by,
    repeat: mixture.repeat,
    seed: mixture.seed,
    // What other kinds of mixture do not depend on stays out of their keys.
    ...(tokenizer === undefined ? {} : { tokenizer: tokenizer.identity, limits: asJson(limits) }),
    ...(mixture.by === 'updates' ? { batch } : {}),
  }
  return planning.add({
    key: stepKey('prepare', inputs),
    kind: 'prepare',
    label: `prepare ${mixture.name}`,
    needs: parts.map(({ data }) => data),
    inputs,
    mixture,
    parts,
    draw: {
      ...(tokenizer === undefined ? {} : { tokens: { tokenizer: tokenizer.path, limits } }),
      ...(mixture.by === 'updates' ? { batch } : {}),
    },
  })
}

function planEvaluation(
  task: StudyTask,
  { weights, identity }: IdentifiedWeights,
  label: string,
  planning: Planning,
): EvaluateStep {
  if (weights.kind === 'scratch') throw new Error('Cannot evaluate weights that have been taught nothing')
  const data = planTask(task, planning)
  const inputs: EvaluateStep['inputs'] = {
    model: identity,
    data: data.key,
    prefix: task.prefix,
    max_source: task.limits.source,
    generate: asJson(task.generate),
    metrics: asJson(task.metrics),
  }
  return planning.add({
    key: stepKey('evaluate', inputs),
    kind: 'evaluate',
    label: `evaluate ${label} on ${task.name}`,
    needs: weights.kind === 'step' ? [weights.key, data.key] : [data.key],
    inputs,
    model: weights,
    data: data.key,
    task,
  })
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
  const inputs: Json = {
    answers: answerInputs(evaluation.inputs),
    prefixes: others.map(({ prefix }) => prefix),
    rows: prefixTestRows,
  }
  return add({
    key: stepKey('prefix-test', inputs),
    kind: 'prefix-test',
    label: `swap prefixes: ${evaluation.label.slice('evaluate '.length)}`,
    needs: [model.key, evaluation.key],
    inputs,
    evaluation,
    others,
    rows: prefixTestRows,
  })
}
