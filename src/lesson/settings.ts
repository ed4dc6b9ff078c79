import { deviceChoices, deviceWords, usualDevice } from './device.ts'
import { adafactorDefaults, optimizerNames } from './optimizer.ts'
import { scheduleNames, schedules, schedulesWith } from './schedule.ts'
import { count, type Setting, type ValueOf } from './setting.ts'

/** Of a mean, which would never take up anything with 1. */
const meanDecay = { type: 'number', least: 0, below: 1 } as const

/** What most settings are: told the trainer, able to change a result, and a reason for one where arms differ. */
const taught = { trainer: true, key: 'always', fair: true } as const

/** A setting of which older lessons know nothing: without it they are taught as they were. */
const newer = { trainer: true, key: 'unless-default', fair: true, flag: {} } as const

/** A parameter of some schedules. */
const ofSchedule = (parameter: Parameters<typeof schedulesWith>[0]) =>
  ({
    absent: "the schedule's own",
    belongsTo: { setting: 'schedule', defaults: schedulesWith(parameter) },
  }) as const

/** A setting of Adafactor, which has a default there or, where that is null, none. */
const ofAdafactor = (parameter: keyof typeof adafactorDefaults, help: string) => {
  return {
    absent: "the optimizer's own",
    belongsTo: { setting: 'optimizer', defaults: { adafactor: adafactorDefaults[parameter] } },
    help: `Adafactor: ${help}`,
  } as const
}

/**
 * The settings of a lesson, by the names that the study file has for them: a row is the only place that knows one. The
 * study's schema, defaults, flags, options of the API, step keys and the names of unfair differences follow from it.
 *
 * A default is that of transformers' `Seq2SeqTrainer` where it has one. `limits.source` stands in the study as
 * `limits: { source: … }`, and is `maxSource` elsewhere.
 */
export const settingTable = {
  learning_rate: {
    value: { type: 'number', least: 0 },
    studyDefault: 5e-4,
    replacedBy: 'adafactor_relative_step',
    help: 'Peak learning rate',
    flag: { help: 'peak learning rate; 0 leaves the weights as they are' },
    ...taught,
  },
  epochs: {
    value: { type: 'number', above: 0 },
    studyDefault: 10,
    insteadOf: 'steps',
    help: 'How often every training row is seen; instead of "steps"',
    flag: { help: 'times that every pair is seen', value: 'n' },
    ...taught,
    // What they come to is compared: updates.
    fair: false,
  },
  steps: {
    value: count,
    insteadOf: 'epochs',
    example: 20_000,
    help: 'Number of updates, going round the data as often as needed; instead of "epochs"',
    flag: { help: 'number of updates, going round the data as often as needed' },
    ...taught,
    fair: false,
  },
  batch: {
    value: count,
    studyDefault: 16,
    help: 'Training examples an update',
    flag: { help: 'pairs an update' },
    ...taught,
    cost: true,
  },
  micro_batch: {
    value: count,
    absent: 'chosen by the engine',
    example: 4,
    help: 'Examples of one pass; a batch is split into such passes to save memory',
    flag: { help: 'pairs of one pass, to save memory' },
    ...taught,
    // Equal to the whole batch but for rounding.
    fair: false,
    cost: true,
  },
  memory: {
    ...taught,
    value: { type: 'size' },
    absent: 'not bounded',
    example: '6GB',
    help: "Most memory of a lesson's process on the processor; batches are split into passes that fit, by examples and by tokens",
    flag: {},
    // As with "micro_batch".
    fair: false,
    cost: true,
  },
  weight_decay: {
    value: { type: 'number', least: 0 },
    default: 0,
    example: 0.01,
    help: 'Decoupled weight decay, not on norms and biases',
    flag: { help: 'decoupled weight decay' },
    ...taught,
  },
  adam_beta1: {
    value: meanDecay,
    default: 0.9,
    help: 'AdamW: decay of the mean gradient',
    onlyWith: { setting: 'optimizer', values: ['adamw'] },
    flag: {},
    ...taught,
  },
  adam_beta2: {
    value: meanDecay,
    default: 0.999,
    help: 'AdamW: decay of the mean squared gradient',
    onlyWith: { setting: 'optimizer', values: ['adamw'] },
    flag: {},
    ...taught,
  },
  adam_epsilon: {
    value: { type: 'number', above: 0 },
    default: 1e-8,
    help: 'AdamW: added to the denominator',
    onlyWith: { setting: 'optimizer', values: ['adamw'] },
    flag: {},
    ...taught,
  },
  optimizer: {
    ...newer,
    value: { type: 'choice', choices: optimizerNames },
    default: 'adamw',
    help: "adamw; adafactor: T5's own, which keeps next to nothing of past gradients",
    cost: true,
  },
  adafactor_beta1: {
    ...newer,
    ...ofAdafactor('beta1', 'decay of the mean gradient, which is kept only where this is given'),
    value: meanDecay,
    absent: 'no mean gradient',
    cost: true,
    example: 0.9,
  },
  adafactor_decay_rate: {
    ...newer,
    ...ofAdafactor('decayRate', 'at update t the mean squared gradient decays by 1 - t^rate'),
    value: { type: 'number', below: 0 },
  },
  adafactor_clip_threshold: {
    ...newer,
    ...ofAdafactor('clipThreshold', "a tensor's update is cut to this root mean square"),
    value: { type: 'number', above: 0 },
  },
  adafactor_epsilon1: {
    ...newer,
    ...ofAdafactor('epsilon1', 'added to squared gradients'),
    // Smaller ones are nothing in float32, and a gradient of 0 would be divided by 0.
    value: { type: 'number', least: 1e-37 },
  },
  adafactor_epsilon2: {
    ...newer,
    ...ofAdafactor('epsilon2', 'least scale of a parameter'),
    value: { type: 'number', least: 0 },
  },
  adafactor_scale_parameter: {
    ...newer,
    ...ofAdafactor('scaleParameter', "the rate is multiplied by the parameter's root mean square"),
    value: { type: 'switch' },
  },
  adafactor_relative_step: {
    ...newer,
    ...ofAdafactor(
      'relativeStep',
      'the rate is its own, 1/sqrt(t) up to 0.01, in place of the learning rate, which is then not given, and of the schedule',
    ),
    value: { type: 'switch' },
  },
  adafactor_warmup_init: {
    ...newer,
    ...ofAdafactor('warmupInit', 'its own rate rises by 1e-6 an update; needs adafactor_relative_step'),
    value: { type: 'switch' },
    beside: { adafactor_relative_step: true },
  },
  max_grad_norm: {
    value: { type: 'number', least: 0 },
    default: 1,
    help: 'The gradient is clipped to this global norm; 0: not clipped',
    flag: { help: 'the gradient is clipped to this norm; 0: not clipped' },
    ...taught,
  },
  schedule: {
    value: { type: 'choice', choices: scheduleNames },
    default: 'linear',
    example: 'cosine',
    help: scheduleNames.map((name) => `${name}: ${schedules[name].help}`).join('; '),
    flag: { help: 'of the learning rate' },
    ...taught,
  },
  warmup_steps: {
    value: { type: 'whole', least: 0 },
    default: 0,
    example: 500,
    help: 'Updates over which the rate rises from 0 to its peak',
    flag: { help: 'updates over which the learning rate rises' },
    ...taught,
  },
  warmup_ratio: {
    ...newer,
    value: { type: 'number', least: 0, most: 1 },
    default: 0,
    example: 0.1,
    help: 'Share of the updates over which the rate rises; "warmup_steps" wins where it is more than 0',
    flag: {
      help: 'share of the updates over which the learning rate rises; --warmup-steps wins where it is more than 0',
    },
  },
  num_cycles: {
    ...newer,
    ...ofSchedule('numCycles'),
    value: { type: 'number', above: 0 },
    example: 2,
    help: 'Waves of a cosine schedule, a half being one way down; restarts of cosine_with_restarts',
  },
  power: {
    ...newer,
    ...ofSchedule('power'),
    value: { type: 'number', above: 0 },
    help: 'Power of the polynomial schedule',
  },
  lr_end: {
    ...newer,
    ...ofSchedule('lrEnd'),
    value: { type: 'number', least: 0 },
    help: 'Rate at which the polynomial schedule ends',
  },
  timescale: {
    ...newer,
    ...ofSchedule('timescale'),
    value: count,
    absent: 'those of the warm-up, or 10000',
    example: 10_000,
    help: 'Updates after which the rate of inverse_sqrt has fallen to 0.71 of its peak',
  },
  label_smoothing: {
    ...newer,
    value: { type: 'number', least: 0, below: 1 },
    default: 0,
    example: 0.1,
    help: 'Share of each target token that is spread over the vocabulary, in the loss of validation rows, too',
    cost: true,
  },
  trim_vocab: {
    ...newer,
    value: { type: 'choice', choices: ['off', 'auto'] },
    default: 'off',
    example: 'auto',
    help: 'auto: the lesson computes with the pieces of its own rows, special ones and sentinels; the others keep their rows of the tables as they are',
    cost: true,
  },
  dropout: {
    value: { type: 'number', least: 0, below: 1 },
    absent: "the model's own",
    example: 0.2,
    help: 'Dropout rate',
    flag: {},
    ...taught,
    cost: true,
  },
  order: {
    value: { type: 'choice', choices: ['file', 'shuffle', 'length'] },
    default: 'shuffle',
    help: 'Order of the training rows; length: rows of like length share a batch, as group_by_length does',
    flag: { help: 'order of the pairs' },
    ...taught,
    cost: true,
  },
  seed: {
    value: { type: 'whole', least: 0 },
    teachDefault: 42,
    example: 7,
    help: "Seed of this lesson alone, instead of the study's seeds",
    flag: { help: 'seed of order and dropout' },
    ...taught,
    // The chain's seed where a lesson has none of its own.
    key: 'apart',
    // Arms have several: their number is compared.
    fair: false,
  },
  prefix: {
    value: { type: 'text' },
    teachDefault: '',
    example: 'summarize: ',
    help: "Prefix while teaching, where it differs from the task's",
    flag: { help: 'put before every source' },
    trainer: false,
    // The task's where a lesson has none of its own.
    key: 'apart',
    // Compared with that of the test instead.
    fair: false,
  },
  'limits.source': {
    value: count,
    studyDefault: 512,
    teachDefault: 2 ** 31 - 1,
    absent: 'not cut',
    help: 'Longest source in tokens, </s> included; the rest is cut',
    flag: { help: 'longest source in tokens, </s> included' },
    ...taught,
    cost: true,
  },
  'limits.target': {
    value: count,
    studyDefault: 128,
    teachDefault: 2 ** 31 - 1,
    absent: 'not cut',
    help: 'Longest target in tokens, </s> included; the rest is cut',
    flag: { help: 'longest target in tokens, </s> included' },
    ...taught,
    cost: true,
  },
  evaluate_every: {
    value: { type: 'either', word: 'epoch', or: count },
    default: 'epoch',
    example: 500,
    help: 'How often the validation rows are evaluated: epoch, or every so many updates and after the last one',
    flag: { help: 'updates between two measurements, or "epoch" (the default)', value: 'n', saysDefault: true },
    ...taught,
    trainer: false,
  },
  best_by: {
    value: { type: 'text', filled: true },
    studyDefault: 'loss',
    example: 'bleu',
    help: 'What decides which checkpoint is the best: loss, or a score of the task such as bleu or macro_f1; of a mixture: loss, mean, or task.score; mean is that of the first score of each task, as a share of its largest value, from 0 to 1 (where less is better, 1 less the share). Of equal ones that of lower loss is the best',
    ...taught,
    trainer: false,
  },
  evaluate_rows: {
    value: { type: 'either', word: 'all', or: count },
    absent: 'all where a score decides, none where the loss does',
    example: 200,
    help: 'How many validation rows of each task are answered and scored at an evaluation',
    trainer: false,
    // Stands with the answers, where there are any.
    key: 'apart',
    fair: false,
  },
  stop_after: {
    ...newer,
    value: { type: 'whole', least: 0 },
    default: 0,
    example: 3,
    help: 'The lesson ends early after so many evaluations in a row that were no better than the best before, by what "best_by" names; 0: never',
    flag: {
      help: 'end the lesson after so many measurements in a row that were no better than the best before; 0: never',
    },
  },
  min_delta: {
    ...newer,
    value: { type: 'number', least: 0 },
    default: 0,
    example: 0.01,
    beside: { stop_after: 3 },
    help: 'With "stop_after": an evaluation is better only if it is by more than this',
    flag: { help: 'with --stop-after: a measurement is better only if it is by more than this' },
  },
  threads: {
    value: count,
    absent: 'as many as the run gives',
    example: 2,
    help: "Threads that compute the lesson, whatever the run's: with it the last bits of wide layers are the same on machines with more and fewer cores",
    trainer: false,
    // A lesson without it has the key that it had before there was the setting.
    key: 'always',
    fair: true,
  },
  device: {
    ...newer,
    value: { type: 'choice', choices: deviceChoices, words: deviceWords },
    default: usualDevice,
    help: 'What computes the lesson, and the answers to the test rows of its task: the processor, a graphics card that onnxruntime reaches through WebGPU, or auto: that card where "reteach doctor --device webgpu" has found it right, else the processor',
    flag: {
      help: 'cpu; webgpu: a graphics card; auto: the card where "reteach doctor --device webgpu" has found it right',
    },
    cost: true,
  },
  on_collapse: {
    value: { type: 'choice', choices: ['warn', 'stop'] },
    studyDefault: 'warn',
    help: 'What happens when the answers to validation rows are of no use: a warning, or the end of the lesson',
    trainer: false,
    key: 'never',
    fair: false,
  },
  keep: {
    value: { type: 'choice', choices: ['best', 'last'] },
    studyDefault: 'best',
    teachDefault: 'last',
    help: 'Which checkpoint of the lesson is kept',
    flag: { help: 'with --validation: the best checkpoint or the last', value: 'which' },
    ...taught,
    trainer: false,
  },
} as const satisfies Readonly<Record<string, Setting>>

type Table = typeof settingTable
export type SettingName = keyof Table
/** The values that a setting may have. */
export type SettingValueOf<Name extends SettingName> = ValueOf<Table[Name]['value']>
/** The settings whose rows have a field, or that value of it. */
export type SettingsWith<Field extends keyof Setting, Is = unknown> = {
  [Name in SettingName]: Table[Name] extends Readonly<Record<Field, Is>> ? Name : never
}[SettingName]

/** A type made of several, as one that editors show whole. */
export type Flat<T> = { [Key in keyof T]: T[Key] }

/** Those with one value first, then those within `limits`: as the labels of chains have them. */
export const settingNames: readonly SettingName[] = (Object.keys(settingTable) as SettingName[]).toSorted(
  (a, b) => Number(a.includes('.')) - Number(b.includes('.')),
)

/** The row of a setting. */
export function settingRow(name: SettingName): Setting {
  return settingTable[name]
}

/** Reads the settings of a lesson, in whichever words it has them. */
export type ReadSetting = (name: SettingName) => unknown

/** Whether a lesson is the same without naming the setting, so that its key and what the trainer is told leave it out. */
export function isUnsaid(name: SettingName, read: ReadSetting): boolean {
  const { key, belongsTo, default: usual } = settingRow(name)
  const value = read(name)
  if (value === undefined) return true
  if (key !== 'unless-default') return false
  if (belongsTo === undefined) return value === usual
  return value === belongsTo.defaults[String(read(belongsTo.setting as SettingName))]
}
