import { didYouMean } from '../../../base/nearest.ts'
import { hasTestRows } from '../../has-rows.ts'
import { chainLabel } from '../../lesson-label.ts'
import type { Chain, ChainLesson, Start, StudyTask } from '../../study.ts'
import { fileDefaults } from '../keys/file-defaults.ts'
import type { Resolving } from '../resolve-task.ts'
import type { StartEntry } from '../schema.ts'
import type { YamlPath } from '../yaml-places.ts'
import { type ParsedChain, parseChain } from './chain-notation.ts'
import type { ChainOptions, ChainParts } from './chain-parts.ts'
import { checkLessonNames, resolveLessons } from './resolve-lessons.ts'

/** What a start stands for is taught, not tested. */
export const untested: ChainOptions = { evaluate: [] }

/**
 * One chain with its start, lessons and tests, or nothing where it has a fault.
 *
 * @param within the starts whose chain this is
 */
export function resolveChain(
  text: string,
  at: YamlPath,
  options: ChainOptions,
  parts: ChainParts,
  resolving: Resolving,
  within: readonly string[] = [],
): Chain | undefined {
  const parsed = parseChain(text)
  if ('message' in parsed) {
    resolving.report(at, parsed.message, parsed.span)
    return undefined
  }
  const begun = resolveStart(parsed, at, parts, resolving, within)
  const lessons = resolveLessons(parsed, at, options, parts, resolving)
  checkLessonNames(parsed, options, resolving)
  if (begun === undefined || lessons === undefined) return undefined
  if (begun.lessons.length + lessons.length === 0 && begun.start.kind === 'scratch') {
    resolving.report(at, `Cannot test "${parsed.start.name}" as it has been taught nothing: add a lesson`)
    return undefined
  }
  const label = options.name ?? chainLabel(parsed.start.name, lessons)
  const all = [...begun.lessons, ...lessons]
  return {
    label,
    start: begun.start,
    startName: parsed.start.name,
    lessons: all,
    seeds: [...new Set(options.seeds ?? parts.study.seeds ?? fileDefaults.seeds)],
    evaluate: resolveEvaluate(all, at, options, parts, resolving),
    at,
  }
}

/** A start that is a chain brings its lessons with it, all with the one seed that it names. */
function resolveStart(
  { start }: ParsedChain,
  at: YamlPath,
  parts: ChainParts,
  resolving: Resolving,
  within: readonly string[],
): { start: Start; lessons: ChainLesson[] } | undefined {
  const { name, span } = start
  const entry: StartEntry | undefined = Object.hasOwn(parts.study.starts, name) ? parts.study.starts[name] : undefined
  if (entry === undefined) {
    const hint = didYouMean(name, Object.keys(parts.study.starts))
    const isLesson = parts.tasks.has(name) || parts.mixtures.has(name)
    const what = isLesson ? `A chain begins with a start, and "${name}" is a lesson` : `Unknown start "${name}"`
    resolving.report(
      at,
      `${what}${hint || `: use ${Object.keys(parts.study.starts).join(', ') || 'one of "starts"'}`}`,
      span,
    )
    return undefined
  }
  if (!('chain' in entry)) {
    const found = parts.starts.get(name)
    return found === undefined ? undefined : { start: found, lessons: [] }
  }
  if (within.includes(name)) {
    resolving.report(
      ['starts', name, 'chain'],
      `The start "${name}" begins with itself: ${[...within, name].join(' -> ')}`,
    )
    return undefined
  }
  const inner = resolveChain(entry.chain, ['starts', name, 'chain'], untested, parts, resolving, [...within, name])
  if (inner === undefined) return undefined
  return {
    start: inner.start.kind === 'scratch' ? { ...inner.start, seed: inner.start.seed ?? entry.seed } : inner.start,
    lessons: inner.lessons.map((lesson) => ({
      ...lesson,
      beforehand: true,
      settings: { ...lesson.settings, seed: lesson.settings.seed ?? entry.seed },
    })),
  }
}

function resolveEvaluate(
  lessons: readonly ChainLesson[],
  at: YamlPath,
  options: ChainOptions,
  { tasks, mixtures }: ChainParts,
  resolving: Resolving,
): string[] {
  if (options.evaluate !== undefined) {
    for (const [index, name] of options.evaluate.entries()) {
      const task = tasks.get(name)
      const place = [...(options.evaluateAt ?? at), index]
      if (task === undefined) resolving.report(place, `Unknown task "${name}"${didYouMean(name, tasks.keys())}`)
      else if (task.texts.kind === 'spans') {
        resolving.report(place, `Cannot test on "${name}" as span corruption has no answers to score`)
      } else checkTestRows(task, place, resolving)
    }
    return [...new Set(options.evaluate)]
  }
  const last = lessons.at(-1)
  if (last === undefined) {
    resolving.report(at, 'Cannot test a start without a lesson: add a lesson, or name the tasks under "evaluate"')
    return []
  }
  const names = mixtures.has(last.name) ? [...mixtures.get(last.name)!.parts.keys()] : [last.name]
  const tested = names.filter((name) => tasks.get(name)?.texts.kind !== 'spans')
  for (const name of tested) checkTestRows(tasks.get(name), at, resolving)
  return tested
}

function checkTestRows(task: StudyTask | undefined, at: YamlPath, { report }: Resolving): void {
  if (task === undefined || hasTestRows(task)) return
  report(at, `Cannot test on "${task.name}" as its data has no test rows: give "split" or "test" a part of them`)
}
