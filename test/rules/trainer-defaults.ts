import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SettingName } from '../../src/lesson/settings.ts'

/** What Hugging Face's trainer has for one of our settings: its own name, and the default there. */
interface TrainerDefault {
  readonly name: string
  readonly usual: string
}

const defaults = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/trainer-defaults/defaults.json'), 'utf8'),
) as {
  readonly arguments: Readonly<Record<string, unknown>>
  readonly adafactor: Readonly<Record<string, unknown>>
  readonly schedules: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly T5Config: Readonly<Record<string, unknown>>
}

/** Settings that the trainer has under another name; the others it has under ours, or not at all. */
const otherNames: { readonly [Name in SettingName]?: string } = {
  epochs: 'num_train_epochs',
  steps: 'max_steps',
  batch: 'per_device_train_batch_size',
  optimizer: 'optim',
  schedule: 'lr_scheduler_type',
  label_smoothing: 'label_smoothing_factor',
  order: 'group_by_length',
  evaluate_every: 'eval_strategy',
  best_by: 'metric_for_best_model',
  keep: 'load_best_model_at_end',
}

/** Parameters of schedules there, by the schedule's name. */
const ofSchedules: { readonly [Name in SettingName]?: readonly string[] } = {
  num_cycles: ['cosine', 'cosine_with_hard_restarts'],
  power: ['polynomial_decay'],
  lr_end: ['polynomial_decay'],
  timescale: ['inverse_sqrt'],
}

/** What a default there means in our words. */
const meanings: { readonly [Name in SettingName]?: string } = {
  steps: 'epochs count',
  optimizer: '`adamw`',
  order: '`shuffle`',
  evaluate_every: 'never',
  best_by: '`loss`, where the best is kept',
  keep: '`last`',
  timescale: 'the warm-up, or 10000',
}

/** @returns `undefined` where the trainer has nothing like the setting */
export function trainerDefault(name: SettingName): TrainerDefault | undefined {
  const found = lookUp(name)
  if (found === undefined) return undefined
  const usual = meanings[name] ?? found.values.map(shown).join(', ')
  return { name: found.name, usual }
}

function lookUp(
  name: SettingName,
): { name: string; values: readonly (readonly [unknown, (string | undefined)?])[] } | undefined {
  if (name === 'dropout') return { name: 'dropout_rate', values: [[defaults.T5Config.dropout_rate, "T5's config"]] }
  const schedules = ofSchedules[name]
  if (schedules !== undefined) {
    const only = schedules.length === 1
    return { name, values: schedules.map((one) => [defaults.schedules[one]![name], only ? undefined : one]) }
  }
  if (name.startsWith('adafactor_')) return ofAdafactor(name.slice('adafactor_'.length))
  const theirs = otherNames[name] ?? name
  return Object.hasOwn(defaults.arguments, theirs)
    ? { name: theirs, values: [[defaults.arguments[theirs]]] }
    : undefined
}

function ofAdafactor(parameter: string): ReturnType<typeof lookUp> {
  const epsilon = /^epsilon([12])$/u.exec(parameter)?.[1]
  if (epsilon === undefined) return { name: parameter, values: [[defaults.adafactor[parameter]]] }
  const values = defaults.adafactor.eps as readonly number[]
  return { name: `eps[${Number(epsilon) - 1}]`, values: [[values[Number(epsilon) - 1]]] }
}

function shown([value, of]: readonly [unknown, (string | undefined)?]): string {
  return `${value === null ? 'none' : `\`${String(value)}\``}${of === undefined ? '' : ` (${of})`}`
}
