import type { OtherWords } from '../base/nearest.ts'

/** All that the study file, the command line, the API, the step keys and the tables need to know of one setting. */
export interface Setting {
  readonly value: SettingValue
  /** One sentence without a full stop, as the study's schema has it. */
  readonly help: string
  /**
   * Where nothing is said, in a study and without one. The two of their own are for settings that only one of them fills
   * in, or both of them otherwise.
   */
  readonly default?: SettingScalar
  readonly studyDefault?: SettingScalar
  /** Of `reteach teach` and `teach()`. */
  readonly teachDefault?: SettingScalar
  /** What a lesson has that is not given it, where it may be left out: `the model's own`. */
  readonly absent?: string
  /** The setting of which a lesson has either this or that one. */
  readonly insteadOf?: string
  /** The switch that takes its place when it is on: a lesson is then not given this one. */
  readonly replacedBy?: string
  /**
   * The setting without whose right value it is of no use: each right value with the default there; null: it follows from
   * the lesson.
   */
  readonly belongsTo?: { readonly setting: string; readonly defaults: Readonly<Record<string, SettingScalar | null>> }
  /** The same for a setting that every lesson is told of: elsewhere only its default may stand. */
  readonly onlyWith?: { readonly setting: string; readonly values: readonly string[] }
  /** For the reference of study files, where neither the default nor the last of several words is one to show. */
  readonly example?: SettingScalar
  /** What an example needs beside it, besides the setting that it belongs to. */
  readonly beside?: Readonly<Record<string, SettingScalar>>
  /** Whether the trainer is told of it with the lesson; the others say what is taught, evaluated and kept around it. */
  readonly trainer: boolean
  /** The flag of `reteach teach`, by its own words where it speaks of pairs; a setting without one is for studies alone. */
  readonly flag?: {
    readonly help?: string
    /** How its value is called: `--keep <which>`. */
    readonly value?: string
    /** The help says itself what the default is. */
    readonly saysDefault?: true
  }
  /**
   * How the key of a `teach` step has it, which has all that can change a result:
   *
   * - `always`: its value, defaults filled in;
   * - `unless-default`: for settings that are newer than version 1 of the key. A lesson with the default is taught as it
   *   was before there was the setting, so that its key, and what is told the trainer, stay those of then;
   * - `apart`: other inputs of the key hold what it comes to;
   * - `never`: it changes no result.
   */
  readonly key: 'always' | 'unless-default' | 'apart' | 'never'
  /** What an update takes, in time or memory, depends on it: a measurement holds only for lessons that are alike in it. */
  readonly cost?: true
  /** Whether the arms of a table must agree on it for a fair comparison; `accept` then names it. */
  readonly fair: boolean
}

/** What a setting may be. */
export type SettingValue =
  | {
      readonly type: 'number'
      readonly least?: number
      readonly above?: number
      readonly most?: number
      readonly below?: number
    }
  | { readonly type: 'whole'; readonly least: number }
  | {
      readonly type: 'choice'
      readonly choices: readonly string[]
      /** What else users call a choice: a fault then names it. */
      readonly words?: OtherWords
    }
  | { readonly type: 'text'; readonly filled?: true }
  | { readonly type: 'switch' }
  /** Of memory, with its unit. */
  | { readonly type: 'size' }
  /** `epoch`, or every so many updates. */
  | { readonly type: 'either'; readonly word: string; readonly or: SettingValue }

/** Such as rows. */
export const count = { type: 'whole', least: 1 } as const satisfies SettingValue

export type SettingScalar = string | number | boolean

/** The values that fit. */
export type ValueOf<V extends SettingValue> = V extends { choices: readonly (infer Choice)[] }
  ? Choice
  : V extends { word: infer Word; or: infer Other extends SettingValue }
    ? Word | ValueOf<Other>
    : V extends { type: 'text' | 'size' }
      ? string
      : V extends { type: 'switch' }
        ? boolean
        : number
