import { apiName, type LessonSettings, lessonFromOptions, type SettingOptions } from './lesson-settings.ts'
import { scheduleRefusal } from './schedule.ts'
import { type SettingName, settingNames, settingRow } from './settings.ts'

/**
 * What is wrong with the options of a lesson without a study taken together, as one sentence.
 *
 * @param call how the user calls an option
 */
export function lessonFault(
  options: SettingOptions & { readonly validation?: string },
  call: (name: SettingName | 'validation') => string,
): string | undefined {
  const { epochs, steps, keep, stopAfter = 0, evaluateEvery, validation } = options
  const quoted = (name: SettingName | 'validation'): string => `"${call(name)}"`
  if ((epochs === undefined) === (steps === undefined)) {
    return `Cannot teach without a length, or with two: give either ${quoted('epochs')} or ${quoted('steps')}`
  }
  const rate = rateFault((name) => options[apiName(name) as keyof SettingOptions], true, call)
  const unfit = rate ?? settingsFault(lessonFromOptions(options), call)
  if (unfit !== undefined || validation !== undefined) return unfit
  const pairs = quoted('validation')
  if (keep === 'best') {
    return `Cannot keep the best checkpoint without validation pairs: give ${pairs}, or leave ${quoted('keep')} out`
  }
  if (stopAfter > 0) {
    return `Cannot stop early (${quoted('stop_after')}) without validation pairs: give ${pairs}`
  }
  return evaluateEvery === undefined
    ? undefined
    : `Cannot use ${quoted('evaluate_every')} without ${pairs}: it says how often those pairs are measured`
}

/**
 * What is wrong with the settings of a lesson taken together, as one sentence; values by themselves are checked where they
 * are read.
 *
 * @param lesson as the trainer is told it
 * @param call how the user calls a setting; default: as a study does
 */
export function settingsFault(lesson: LessonSettings, call?: (name: SettingName) => string): string | undefined {
  return settingsConflict(lesson, call)?.sentence
}

/**
 * What is wrong with what is said of the learning rate, in one place: it is missing, or beside a switch that takes its place.
 * Source: transformers' Adafactor takes no `lr` with `relative_step`.
 *
 * @param read what is said there
 * @param mustSay whether it has no default
 */
export function rateFault(
  read: (name: SettingName) => unknown,
  mustSay: boolean,
  call: (name: SettingName) => string = (name) => name,
): string | undefined {
  const isSaid = read('learning_rate') !== undefined
  const [rate, own] = [call('learning_rate'), call('adafactor_relative_step')]
  if (read('adafactor_relative_step') === true) {
    return isSaid ? `Cannot use "${rate}" with "${own}": the rate is then the optimizer's own` : undefined
  }
  return isSaid || !mustSay ? undefined : `Missing "${rate}": give the peak learning rate, or "${own}"`
}

/** As {@link settingsFault}, with the setting that would have to change. */
export function settingsConflict(
  lesson: LessonSettings,
  call: (name: SettingName) => string = (name) => name,
): { readonly setting: SettingName; readonly sentence: string } | undefined {
  const read = (name: SettingName): unknown => (lesson as Readonly<Record<string, unknown>>)[apiName(name)]
  /** A value that is not the default: those that belong to another setting have their defaults there. */
  const isSaid = (name: SettingName): boolean => ![undefined, settingRow(name).default].includes(read(name) as never)
  for (const name of settingNames.filter(isSaid)) {
    const { belongsTo, onlyWith } = settingRow(name)
    const owner = (belongsTo ?? onlyWith)?.setting as SettingName | undefined
    if (owner === undefined) continue
    const found = String(read(owner) ?? settingRow(owner).default)
    const wanted = onlyWith?.values ?? Object.keys(belongsTo?.defaults ?? {})
    if (wanted.includes(found)) continue
    const belongs = `it belongs to ${wanted.join(' or ')}`
    return { setting: name, sentence: `Cannot use "${call(name)}" where "${call(owner)}" is ${found}: ${belongs}` }
  }
  if (lesson.memory !== undefined && lesson.device === 'webgpu') {
    const sentence = `Cannot use "${call('memory')}" where "${call('device')}" is webgpu: it bounds a lesson on the processor; give "${call('micro_batch')}"`
    return { setting: 'memory', sentence }
  }
  if (lesson.adafactorWarmupInit && !lesson.adafactorRelativeStep) {
    const sentence = `Cannot use "${call('adafactor_warmup_init')}" without "${call('adafactor_relative_step')}": it is that rate which rises`
    return { setting: 'adafactor_warmup_init', sentence }
  }
  const passedOver = lesson.adafactorRelativeStep ? ratesOfSchedules.find(isSaid) : undefined
  if (passedOver !== undefined) {
    const sentence = `Cannot use "${call(passedOver)}" with "${call('adafactor_relative_step')}": the rate is then the optimizer's own`
    return { setting: passedOver, sentence }
  }
  if (lesson.minDelta !== undefined && lesson.stopAfter === undefined) {
    const sentence = `Cannot use "${call('min_delta')}" without "${call('stop_after')}": it says what counts as better there`
    return { setting: 'min_delta', sentence }
  }
  const refusal = scheduleRefusal(lesson)
  if (refusal === undefined) return undefined
  return { setting: 'schedule', sentence: `Cannot use the schedule ${lesson.schedule} as ${refusal}` }
}

/** What shapes a learning rate, beside the peak, which every lesson has. */
const ratesOfSchedules: readonly SettingName[] = ['schedule', 'warmup_steps', 'warmup_ratio']
