import { didYouMean } from '../../base/nearest.ts'
import { scoreNames } from '../score-names.ts'
import type {
  Chain,
  ConfusionFigureRequest,
  FigureRequest,
  LabelFigureRequest,
  LossFigureRequest,
  ScoreFigureRequest,
  StudyMixture,
  StudyTask,
} from '../study.ts'
import { checkScore } from './check-score.ts'
import { fileDefaults } from './keys/file-defaults.ts'
import type { Resolving } from './resolve-task.ts'
import type { FigureEntry, StudyFile } from './schema.ts'
import type { YamlPath } from './yaml-places.ts'

/** What figures are drawn of. */
export interface FigureParts {
  readonly tasks: ReadonlyMap<string, StudyTask>
  readonly mixtures: ReadonlyMap<string, StudyMixture>
  readonly chains: readonly Chain[]
  /** What lessons are called where they are printed, if not by their names. */
  readonly printed: ReadonlyMap<string, string>
}

type Entry<Kind extends FigureEntry['kind']> = Extract<FigureEntry, { kind: Kind }>
type Base = Pick<FigureRequest, 'name' | 'untitled'>

/** Losses that can be drawn beside a task's own scores. */
export const lossScores = ['loss', 'validation_loss'] as const

/** Checks the figures that a study asks for. @returns `undefined` where it asks for none in particular */
export function resolveFigures(
  { figures }: StudyFile,
  parts: FigureParts,
  resolving: Resolving,
): FigureRequest[] | undefined {
  const names = new Set<string>()
  return figures?.flatMap((entry, index): FigureRequest[] => {
    const at: YamlPath = ['figures', index]
    const name = String(entry.name ?? index + 1)
    if (names.has(name)) {
      const place = entry.name === undefined ? at : [...at, 'name']
      resolving.report(place, `The figure "${name}" is given twice: give one of them another "name"`)
    }
    names.add(name)
    const base: Base = { name, ...(entry.title === false && { untitled: true }) }
    const request = resolveFigure(entry, base, at, parts, resolving)
    return request === undefined ? [] : [request]
  })
}

function resolveFigure(
  entry: FigureEntry,
  base: Base,
  at: YamlPath,
  parts: FigureParts,
  resolving: Resolving,
): FigureRequest | undefined {
  switch (entry.kind) {
    case 'loss':
      return resolveLoss(entry, base, at, parts, resolving)
    case 'scores':
      return resolveScores(entry, base, at, parts, resolving)
    case 'labels':
      return resolveLabels(entry, base, at, parts, resolving)
    case 'confusion':
      return resolveConfusion(entry, base, at, parts, resolving)
  }
}

function resolveLoss(
  entry: Entry<'loss'>,
  base: Base,
  at: YamlPath,
  { tasks, mixtures, chains, printed }: FigureParts,
  resolving: Resolving,
): LossFigureRequest | undefined {
  const { lesson } = entry
  const { report } = resolving
  if (lesson !== undefined && !tasks.has(lesson) && !mixtures.has(lesson)) {
    const hint = didYouMean(lesson, [...tasks.keys(), ...mixtures.keys()])
    report([...at, 'lesson'], `Unknown task "${lesson}"${hint}`)
    return undefined
  }
  if (entry.chains === undefined && lesson === undefined) {
    report(at, 'The figure has no chains: name "chains", or the "lesson" that they end with', 'key')
    return undefined
  }
  const place: YamlPath = [...at, entry.chains === undefined ? 'lesson' : 'chains']
  const ending = chains.filter(({ lessons }) => lessons.at(-1)?.name === lesson)
  const chosen =
    entry.chains === undefined
      ? ending.map((chain): Chosen => ({ chain, at: place, named: false }))
      : chooseChains(entry.chains, place, chains, resolving)
  const curves = chosen.flatMap(({ chain, at: where, named }) => {
    const index =
      lesson === undefined ? chain.lessons.length - 1 : chain.lessons.findLastIndex(({ name }) => name === lesson)
    if (index >= 0) return [{ chain: chain.label, lesson: index }]
    // A chain that a pattern brings along may be without the lesson; one that is named may not.
    if (named)
      report(where, `The chain "${chain.label}" has no lesson${lesson === undefined ? '' : ` "${lesson}"`} to draw`)
    return []
  })
  if (curves.length === 0 && (entry.chains === undefined || chosen.some(({ named }) => !named))) {
    report(place, `No chain ${entry.chains === undefined ? 'ends with' : 'here has'} the lesson "${lesson ?? ''}"`)
  }
  return {
    ...base,
    kind: 'loss',
    title: entry.title || `Loss${lesson === undefined ? '' : ` on ${printed.get(lesson) ?? lesson}`}`,
    curves,
    logs: [...new Set([entry.log ?? fileDefaults.figure.log].flat())],
    x: entry.x ?? fileDefaults.figure.x,
    y: entry.y,
    smooth: entry.smooth,
  }
}

function resolveScores(
  entry: Entry<'scores'>,
  base: Base,
  at: YamlPath,
  { tasks, chains, printed }: FigureParts,
  resolving: Resolving,
): ScoreFigureRequest | undefined {
  const task = findTask(entry.task, at, tasks, resolving)
  if (task === undefined) return undefined
  const drawn = testedChains(entry.chains, task, at, chains, resolving)
  const names = scoreNames(task)
  const known = [...names.all, ...lossScores]
  for (const [index, score] of (entry.scores ?? []).entries()) {
    checkScore(score, task, known, [...at, 'scores', index], resolving)
  }
  return {
    ...base,
    kind: 'scores',
    title: entry.title || `Scores on ${printed.get(task.name) ?? task.name}`,
    task: task.name,
    chains: drawn,
    scores: [...new Set(entry.scores ?? usualScores(task))],
    x: entry.x,
  }
}

/** Labels of the chains that a figure of a task names, or of all that are tested on it. */
function testedChains(
  patterns: readonly string[] | undefined,
  task: StudyTask,
  at: YamlPath,
  chains: readonly Chain[],
  resolving: Resolving,
): string[] {
  const tested = chains.filter(({ evaluate }) => evaluate.includes(task.name))
  const chosen =
    patterns === undefined
      ? tested.map((chain): Chosen => ({ chain, at, named: false }))
      : chooseChains(patterns, [...at, 'chains'], chains, resolving)
  for (const { chain, at: where, named } of chosen) {
    if (named && !tested.includes(chain)) {
      resolving.report(where, `The chain "${chain.label}" is not tested on "${task.name}"`)
    }
  }
  const drawn = chosen.filter(({ chain }) => tested.includes(chain))
  if (drawn.length === 0 && chosen.every(({ named }) => !named)) {
    const place: YamlPath = [...at, patterns === undefined ? 'task' : 'chains']
    resolving.report(place, `No chain ${patterns === undefined ? '' : 'here '}is tested on "${task.name}"`)
  }
  return drawn.map(({ chain }) => chain.label)
}

/** The loss and the two first scores that tables show. */
export function usualScores(task: StudyTask): string[] {
  return ['loss', ...scoreNames(task).usual.slice(0, 2)]
}

function resolveLabels(
  entry: Entry<'labels'>,
  base: Base,
  at: YamlPath,
  { tasks, printed }: FigureParts,
  resolving: Resolving,
): LabelFigureRequest | undefined {
  const task = labelTask(entry.task, at, tasks, resolving)
  if (task === undefined) return undefined
  return {
    ...base,
    kind: 'labels',
    title: entry.title || `Labels of ${printed.get(task.name) ?? task.name}`,
    task: task.name,
  }
}

function resolveConfusion(
  entry: Entry<'confusion'>,
  base: Base,
  at: YamlPath,
  { tasks, chains, printed }: FigureParts,
  resolving: Resolving,
): ConfusionFigureRequest | undefined {
  const task = labelTask(entry.task, at, tasks, resolving)
  if (task === undefined) return undefined
  return {
    ...base,
    kind: 'confusion',
    title: entry.title || confusionTitle(printed.get(task.name) ?? task.name),
    task: task.name,
    chains: testedChains(entry.chains, task, at, chains, resolving),
  }
}

export function confusionTitle(task: string): string {
  return `Labels of the rows, and what was answered: ${task}`
}

/** A task that a figure of labels can be drawn of. */
function labelTask(
  name: string,
  at: YamlPath,
  tasks: FigureParts['tasks'],
  resolving: Resolving,
): StudyTask | undefined {
  const task = findTask(name, at, tasks, resolving)
  if (task === undefined || task.texts.kind === 'labels') return task
  const others = [...tasks.values()].filter(({ texts }) => texts.kind === 'labels').map((one) => `"${one.name}"`)
  const hint = others.length === 0 ? '' : `: ${others.join(', ')} ${others.length === 1 ? 'has' : 'have'} some`
  resolving.report([...at, 'task'], `Cannot draw the labels of "${task.name}" as it has none${hint}`)
  return undefined
}

function findTask(
  name: string,
  at: YamlPath,
  tasks: FigureParts['tasks'],
  { report }: Resolving,
): StudyTask | undefined {
  const task = tasks.get(name)
  if (task === undefined) report([...at, 'task'], `Unknown task "${name}"${didYouMean(name, tasks.keys())}`)
  return task
}

interface Chosen {
  readonly chain: Chain
  /** Where the study names it. */
  readonly at: YamlPath
  /** By its whole label, not by a pattern. */
  readonly named: boolean
}

/** Chains by label or by a pattern in which `*` stands for any text; each once, in the order of the request. */
function chooseChains(
  patterns: readonly string[],
  at: YamlPath,
  chains: readonly Chain[],
  { report }: Resolving,
): Chosen[] {
  const chosen = new Map<Chain, Chosen>()
  for (const [index, pattern] of patterns.entries()) {
    const own = chains.filter(({ label }) => label === pattern)
    const found = own.length > 0 ? own : chains.filter(({ label }) => pattern.includes('*') && matches(label, pattern))
    if (found.length === 0) {
      const hint = didYouMean(
        pattern,
        chains.map(({ label }) => label),
      )
      const what = pattern.includes('*') ? `No chain is like "${pattern}"` : `Unknown chain "${pattern}"`
      report([...at, index], `${what}${hint}`)
    }
    for (const chain of found) {
      if (!chosen.has(chain)) chosen.set(chain, { chain, at: [...at, index], named: own.length > 0 })
    }
  }
  return [...chosen.values()]
}

/** Whether a text fits a pattern; greedy from both ends, so that no pattern takes long. */
function matches(text: string, pattern: string): boolean {
  const [head, ...rest] = pattern.split('*') as [string, ...string[]]
  const tail = rest.pop() ?? ''
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return false
  let at = head.length
  const end = text.length - tail.length
  return rest.every((part) => {
    const found = text.indexOf(part, at)
    if (found === -1 || found + part.length > end) return false
    at = found + part.length
    return true
  })
}
