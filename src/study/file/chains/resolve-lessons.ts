import { didYouMean } from '../../../base/nearest.ts'
import { lessonFromStudy } from '../../../lesson/lesson-settings.ts'
import { rateFault, settingsConflict } from '../../../lesson/settings-fault.ts'
import type { TeachSettings } from '../../../lesson/teach-settings.ts'
import { bestByFault, stopAfterFault } from '../../best-by.ts'
import { lessonLabel } from '../../lesson-label.ts'
import type { ChainLesson, Limits, StudyTask } from '../../study.ts'
import { mergeTeach } from '../merge-settings.ts'
import type { Resolving } from '../resolve-task.ts'
import type { TeachEntry } from '../teach-schema.ts'
import { refuseTwoLengths } from '../two-lengths.ts'
import type { YamlPath } from '../yaml-places.ts'
import type { ParsedChain } from './chain-notation.ts'
import type { ChainOptions, ChainParts } from './chain-parts.ts'
import { readSettings, spanOf } from './notation-settings.ts'

/** The lessons of a chain with their settings, or nothing where one has a fault. */
export function resolveLessons(
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
    refuseTwoLengths(named, options.lessonsAt === undefined ? at : [...options.lessonsAt, name], resolving)
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

/** Settings stand under names of lessons that the chain has. */
export function checkLessonNames(parsed: ParsedChain, options: ChainOptions, resolving: Resolving): void {
  const names = parsed.lessons.map(({ name }) => name)
  for (const name of Object.keys(options.lessons ?? {})) {
    if (names.includes(name)) continue
    const hint = didYouMean(name, names)
    resolving.report([...(options.lessonsAt ?? []), name], `The chain has no lesson "${name}"${hint}`, 'key')
  }
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

function lessonBase(
  name: string,
  { study, tasks, mixtures }: ChainParts,
): { limits: Limits; teach: TeachEntry | undefined } | undefined {
  const task = tasks.get(name)
  if (task !== undefined) return { limits: task.limits, teach: study.tasks[name]?.teach }
  const mixture = mixtures.get(name)
  return mixture && { limits: mixture.limits, teach: study.mixtures?.[name]?.teach }
}

function ownEntry<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}

function flatten(settings: TeachEntry): Record<string, unknown> {
  const { limits, ...rest } = settings
  const inner = Object.entries(limits ?? {}).map(([key, value]) => [`limits.${key}`, value])
  return Object.fromEntries([...Object.entries(rest), ...inner].filter(([, value]) => value !== undefined))
}
