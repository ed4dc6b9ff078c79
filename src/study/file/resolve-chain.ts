import { didYouMean } from '../../base/nearest.ts'
import { lessonFromStudy } from '../../lesson/lesson-settings.ts'
import { rateFault, settingsConflict } from '../../lesson/settings-fault.ts'
import type { TeachSettings } from '../../lesson/teach-settings.ts'
import { bestByFault, stopAfterFault } from '../best-by.ts'
import { hasTestRows } from '../has-rows.ts'
import { chainLabel, lessonLabel } from '../lesson-label.ts'
import type { Chain, ChainLesson, Limits, Start, StudyMixture, StudyTask } from '../study.ts'
import { type ChainFault, type ParsedChain, parseChain } from './chain-notation.ts'
import { fileDefaults } from './keys/file-defaults.ts'
import { mergeTeach } from './merge-settings.ts'
import type { Resolving } from './resolve-task.ts'
import type { StartEntry, StudyFile } from './schema.ts'
import { explainIssues } from './schema-faults.ts'
import { type TeachEntry, teachSchema } from './teach-schema.ts'
import type { Span, YamlPath } from './yaml-places.ts'

/** What chains are made of. */
export interface ChainParts {
  readonly study: StudyFile
  readonly starts: ReadonlyMap<string, Start>
  readonly tasks: ReadonlyMap<string, StudyTask>
  readonly mixtures: ReadonlyMap<string, StudyMixture>
}

/** Checks every chain and sweep; sweeps become one chain for each combination of their values. */
export function resolveChains(parts: ChainParts, resolving: Resolving): Chain[] {
  const { study } = parts
  const chains: Chain[] = []
  const byLabel = new Map<string, Chain>()
  const add = (chain: Chain | undefined): void => {
    if (chain === undefined) return
    const twin = byLabel.get(chain.label)
    byLabel.set(chain.label, twin ?? chain)
    if (twin === undefined) chains.push(chain)
    else resolving.report(chain.at, `The chain "${chain.label}" is given twice: remove one, or give it a "name"`)
  }
  for (const [name, start] of Object.entries(study.starts)) {
    if ('chain' in start) resolveChain(start.chain, ['starts', name, 'chain'], untested, parts, resolving, [name])
  }
  for (const [index, entry] of (study.chains ?? []).entries()) {
    const own = typeof entry === 'string' ? { chain: entry } : entry
    const at: YamlPath = typeof entry === 'string' ? ['chains', index] : ['chains', index, 'chain']
    const lessonsAt: YamlPath = ['chains', index, 'lessons']
    add(resolveChain(own.chain, at, { ...own, lessonsAt, evaluateAt: ['chains', index, 'evaluate'] }, parts, resolving))
  }
  for (const [index, sweep] of (study.sweeps ?? []).entries()) {
    for (const chain of resolveSweep(sweep, ['sweeps', index], parts, resolving)) {
      // A value that is a chain's own already is taught and shown once.
      if (byLabel.has(chain.label)) continue
      byLabel.set(chain.label, chain)
      chains.push(chain)
    }
  }
  if (chains.length === 0 && (study.chains ?? []).length === 0 && (study.sweeps ?? []).length === 0) {
    resolving.report([], 'Missing key "chains" in "study": name at least one chain such as "mt5 -> a2t"', 'key')
  }
  return chains
}

interface ChainOptions {
  readonly name?: string | undefined
  readonly seeds?: readonly number[] | undefined
  readonly evaluate?: readonly string[] | undefined
  readonly evaluateAt?: YamlPath
  /** Settings by lesson, below those in the notation itself. */
  readonly lessons?: Readonly<Record<string, TeachEntry>> | undefined
  readonly lessonsAt?: YamlPath
  /** Settings of one lesson by its place, above all others. */
  readonly swept?: { readonly lesson: number; readonly settings: TeachEntry }
}

/** What a start stands for is taught, not tested. */
const untested: ChainOptions = { evaluate: [] }

function resolveChain(
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

function resolveLessons(
  parsed: ParsedChain,
  at: YamlPath,
  options: ChainOptions,
  parts: ChainParts,
  resolving: Resolving,
): ChainLesson[] | undefined {
  let sound = true
  const lessons = parsed.lessons.map(({ name, span, settings: given }, index): ChainLesson => {
    const isPlain = given.length === 0 && options.lessons === undefined && options.swept?.lesson !== index
    const known = isPlain ? plainLessons(parts).get(name) : undefined
    if (known !== undefined) return known
    const base = lessonBase(name, parts)
    if (base === undefined) {
      const hint = didYouMean(name, [...parts.tasks.keys(), ...parts.mixtures.keys()])
      const isStart = Object.hasOwn(parts.study.starts, name)
      const what = isStart ? `A start stands first in a chain, and "${name}" is one` : `Unknown task "${name}"`
      resolving.report(at, `${what}${hint}`, span)
      sound = false
    }
    const own = readSettings(given, at, resolving)
    if (own === undefined) sound = false
    const named = ownEntry(options.lessons, name)
    const swept = options.swept?.lesson === index ? options.swept.settings : undefined
    checkLength(named, options.lessonsAt === undefined ? at : [...options.lessonsAt, name], resolving)
    const limits: Limits = base?.limits ?? { source: 1, target: 1 }
    const layers = [parts.study.defaults?.teach, base?.teach, named, own, swept]
    const settings = mergeTeach(limits, layers)
    if (settings.prefix !== undefined && parts.mixtures.has(name)) {
      resolving.report(at, `Cannot give the mixture "${name}" a prefix, as its tasks bring their own: remove it`, span)
    }
    const reportAt = (key: keyof TeachEntry, fault: string, where: 'key' | 'value' = 'value'): void => {
      if (own?.[key] !== undefined) resolving.report(at, fault, spanOf(given, [key], where))
      else resolving.report(settingPlace(key, name, { named, swept }, at, options, parts), fault, where)
    }
    const rated = layers.findLast((layer) => layer?.learning_rate !== undefined || layer?.adafactor_relative_step)
    const twoRates = rateFault((setting) => rated?.[setting as keyof TeachEntry], false)
    if (twoRates !== undefined) reportAt('learning_rate', twoRates, 'key')
    const unfit = lessonConflict(settings, resolving)
    if (unfit !== undefined) reportAt(unfit.setting as keyof TeachEntry, unfit.sentence, 'key')
    const tasks = tasksOf(name, parts)
    const asked = (['best_by', 'keep'] as const).find((key) => layers.some((layer) => layer?.[key] !== undefined))
    const fault = base && asked && bestByFault(name, settings, tasks, parts.mixtures.has(name))
    if (fault !== undefined && asked !== undefined) reportAt(asked, fault)
    const unstoppable = base && stopAfterFault(name, settings, tasks)
    if (unstoppable !== undefined) reportAt('stop_after', unstoppable)
    const stated = { ...flatten(named ?? {}), ...flatten(own ?? {}), ...flatten(swept ?? {}) }
    const lesson = { name, label: lessonLabel(name, stated), stated, settings, beforehand: false }
    const isSound = sound && [twoRates, unfit, fault, unstoppable].every((one) => one === undefined)
    if (isPlain && isSound && settings.prefix === undefined) plainLessons(parts).set(name, lesson)
    return lesson
  })
  return sound ? lessons : undefined
}

/** Of a lesson as the file has it, then as it would be on the device that is asked for. */
function lessonConflict(settings: TeachSettings, { device }: Resolving): ReturnType<typeof settingsConflict> {
  const lesson = lessonFromStudy(settings, 0)
  const written = settingsConflict(lesson)
  if (written !== undefined || device === undefined) return written
  return settingsConflict({ ...lesson, device }, (name) => (name === 'device' ? '--device' : name))
}

/** Lessons without settings of their own that are without fault, by name: they are the same in every chain. */
function plainLessons(parts: ChainParts): Map<string, ChainLesson> {
  const known = plain.get(parts) ?? new Map<string, ChainLesson>()
  plain.set(parts, known)
  return known
}

const plain = new WeakMap<ChainParts, Map<string, ChainLesson>>()

/** Where the study gives a lesson a setting, unless the notation of a chain does. */
function settingPlace(
  key: keyof TeachEntry,
  name: string,
  { named, swept }: { named: TeachEntry | undefined; swept: TeachEntry | undefined },
  at: YamlPath,
  { lessonsAt = at }: ChainOptions,
  { study, mixtures }: ChainParts,
): YamlPath {
  const kind = mixtures.has(name) ? 'mixtures' : 'tasks'
  if (swept?.[key] !== undefined) return at
  if (named?.[key] !== undefined) return [...lessonsAt, name, key]
  if (study[kind]?.[name]?.teach?.[key] !== undefined) return [kind, name, 'teach', key]
  return ['defaults', 'teach', key]
}

function tasksOf(lesson: string, { tasks, mixtures }: ChainParts): StudyTask[] {
  const names = mixtures.get(lesson)?.parts.keys() ?? [lesson]
  return [...names].flatMap((name) => tasks.get(name) ?? [])
}

function checkLessonNames(parsed: ParsedChain, options: ChainOptions, resolving: Resolving): void {
  const names = parsed.lessons.map(({ name }) => name)
  for (const name of Object.keys(options.lessons ?? {})) {
    if (names.includes(name)) continue
    const hint = didYouMean(name, names)
    resolving.report([...(options.lessonsAt ?? []), name], `The chain has no lesson "${name}"${hint}`, 'key')
  }
}

function lessonBase(
  name: string,
  { study, tasks, mixtures }: ChainParts,
): { limits: Limits; teach: TeachEntry | undefined } | undefined {
  const task = tasks.get(name)
  if (task !== undefined) return { limits: task.limits, teach: study.tasks[name]?.teach }
  const mixture = mixtures.get(name)
  return mixture && { limits: mixture.limits, teach: study.mixtures?.[name]?.teach }
}

/** Settings in the notation are checked by the same schema as those in a map. */
function readSettings(
  settings: ParsedChain['lessons'][number]['settings'],
  at: YamlPath,
  resolving: Resolving,
): TeachEntry | undefined {
  const nested: Record<string, unknown> = {}
  let sound = true
  for (const { path, value, keySpan } of settings) {
    const parent = path.slice(0, -1).reduce<Record<string, unknown>>((map, key) => {
      if (!Object.hasOwn(map, key)) map[key] = {}
      return map[key] as Record<string, unknown>
    }, nested)
    const last = path.at(-1)!
    if (parent === null || typeof parent !== 'object' || Object.hasOwn(parent, last)) {
      resolving.report(at, `The setting "${path.join('.')}" is given twice`, keySpan)
      sound = false
    } else parent[last] = value
  }
  const checked = teachSchema.safeParse(nested)
  if (!checked.success) {
    for (const { path, where, message } of explainIssues(checked.error, teachSchema, nested, 'lesson')) {
      resolving.report(at, message, spanOf(settings, path, where))
    }
    return undefined
  }
  const keys = settings.map(({ path }) => path[0])
  if (keys.includes('epochs') && keys.includes('steps')) {
    resolving.report(at, 'Cannot use both "epochs" and "steps": remove one of them')
    return undefined
  }
  return sound ? checked.data : undefined
}

function spanOf(settings: ParsedChain['lessons'][number]['settings'], path: YamlPath, where: 'key' | 'value'): Span {
  const found = settings.find((setting) =>
    path.every((part, i) => i >= setting.path.length || setting.path[i] === part),
  )
  return (where === 'key' ? found?.keySpan : found?.valueSpan) ?? { start: 0, length: 1 }
}

function checkLength(entry: TeachEntry | undefined, at: YamlPath, resolving: Resolving): void {
  if (entry?.epochs !== undefined && entry.steps !== undefined) {
    resolving.report([...at, 'steps'], 'Cannot use both "epochs" and "steps": remove one of them', 'key')
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

function resolveSweep(
  sweep: NonNullable<StudyFile['sweeps']>[number],
  at: YamlPath,
  parts: ChainParts,
  resolving: Resolving,
): Chain[] {
  const { chain: text, lesson, seeds, ...values } = sweep
  const parsed: ParsedChain | ChainFault = parseChain(text)
  if ('message' in parsed) {
    resolving.report([...at, 'chain'], parsed.message, parsed.span)
    return []
  }
  const names = parsed.lessons.map(({ name }) => name)
  const swept = lesson === undefined ? names.length - 1 : names.indexOf(lesson)
  if (swept === -1) {
    const message =
      lesson === undefined
        ? 'Cannot sweep a chain without a lesson'
        : `The chain has no lesson "${lesson}"${didYouMean(lesson, names)}`
    resolving.report([...at, lesson === undefined ? 'chain' : 'lesson'], message)
    return []
  }
  let sound = true
  let combinations: TeachEntry[] = [{}]
  for (const [key, list] of Object.entries(values)) {
    const settings = (list as readonly unknown[]).map((value, index): TeachEntry => {
      const nested = key.split('.').reduceRight<unknown>((inner, part) => ({ [part]: inner }), value)
      const checked = teachSchema.safeParse(nested)
      if (checked.success) return checked.data
      sound = false
      for (const fault of explainIssues(checked.error, teachSchema, nested, 'sweep')) {
        const first = index === 0 || fault.where === 'value'
        if (first)
          resolving.report(fault.where === 'key' ? [...at, key] : [...at, key, index], fault.message, fault.where)
      }
      return {}
    })
    combinations = combinations.flatMap((before) => settings.map((setting) => mergeEntries(before, setting)))
  }
  if (Object.keys(values).length === 0) {
    resolving.report(at, 'The sweep has no values: add a setting such as "learning_rate: [1e-4, 1e-3]"', 'key')
    return []
  }
  if (!sound) return []
  return combinations.flatMap((settings) => {
    const chain = resolveChain(text, [...at, 'chain'], { seeds, swept: { lesson: swept, settings } }, parts, resolving)
    return chain === undefined ? [] : [chain]
  })
}

function mergeEntries(a: TeachEntry, b: TeachEntry): TeachEntry {
  return { ...a, ...b, ...(a.limits && b.limits ? { limits: { ...a.limits, ...b.limits } } : {}) }
}

function ownEntry<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}

function flatten(settings: TeachEntry): Record<string, unknown> {
  const { limits, ...rest } = settings
  const inner = Object.entries(limits ?? {}).map(([key, value]) => [`limits.${key}`, value])
  return Object.fromEntries([...Object.entries(rest), ...inner].filter(([, value]) => value !== undefined))
}
