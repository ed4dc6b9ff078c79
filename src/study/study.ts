import type { Template } from '../data/table/column.ts'
import type { TableSource } from '../data/table/table.ts'
import type { DeviceChoice, DeviceName } from '../lesson/device.ts'
import type { GenerationEntry, StudyGenerationName } from '../lesson/generation.ts'
import type { TeachSettings } from '../lesson/teach-settings.ts'
import type { MetricName } from '../metrics/registry.ts'
import type { CleaningRule } from '../tasks/clean.ts'
import type { LabelSpec } from '../tasks/labels.ts'
import type { ClusterRequest } from './cluster-request.ts'
import type { UnfairnessName } from './unfairness-names.ts'

/** A checked study: every name is known, every setting resolved. Made by `readStudy`. */
export interface Study {
  readonly name: string
  /** The file as the user named it. */
  readonly file: string
  readonly starts: ReadonlyMap<string, Start>
  readonly tasks: ReadonlyMap<string, StudyTask>
  readonly mixtures: ReadonlyMap<string, StudyMixture>
  /** In the file's order, sweeps after chains. */
  readonly chains: readonly Chain[]
  /** Whether every checkpoint is tested on every task. */
  readonly everywhere: boolean
  /** Whether what a mixture taught is also answered with the other tasks' prefixes. */
  readonly prefixTest: boolean
  /** Differences between the rows of a table that are meant. */
  readonly accept: ReadonlySet<UnfairnessName>
  /** Which weights stay once everything that needs them is done. */
  readonly weights: 'all' | 'leaves' | 'none'
  readonly report: ReportRequest
  readonly cluster: ClusterRequest
  readonly tables: readonly TableRequest[]
  /** `undefined`: the usual ones. */
  readonly figures: readonly FigureRequest[] | undefined
  /** What stands for the devices that the file leaves open, or for all; set before the plan is made. */
  readonly device?: DeviceDecision
  /** Chains of the file that have become the same as another by that: the label of each, and of the one that stands for it. */
  readonly twins?: ReadonlyMap<string, string>
}

/** What a study's lessons and tests are computed on. */
export interface DeviceDecision {
  readonly device: DeviceName
  /** Stands for every device that the study names, as the user has asked a run for it; else for `auto` alone. */
  readonly forAll: boolean
  /** Why, as a clause. */
  readonly why: string
}

/** Weights to begin from, as the study names them. */
export type Start =
  | { readonly kind: 'hub'; readonly name: string; readonly hub: string; readonly revision: string }
  | { readonly kind: 'folder'; readonly name: string; readonly folder: StudyPath }
  | {
      readonly kind: 'scratch'
      readonly name: string
      /** The configuration, or the file that holds it. */
      readonly config: { readonly fields: Readonly<Record<string, unknown>> } | { readonly file: StudyPath }
      readonly tokenizer: StudyPath
      readonly seed: number | undefined
    }

/** A file or folder that the study names. */
export interface StudyPath {
  /** As the study writes it, for people. */
  readonly written: string
  /** Where it is. */
  readonly path: string
  /** Where the study names it. */
  readonly at: readonly (string | number)[]
}

/** Rows from files, folders or a data set of the hub. */
export interface FileSource {
  /** The files and folders that the study names. */
  readonly paths: readonly StudyPath[]
  /** The same, and how they are read where that is not detected. */
  readonly table: TableSource
  /** Where the study names it. */
  readonly at: readonly (string | number)[]
}

export interface SplitRequest {
  readonly train: number | undefined
  readonly validation: number
  readonly test: number
  readonly seed: number
  readonly shuffle: boolean
  readonly group: string | undefined
  /** Labels that each part has its share of: those of the task, or the values of a column. */
  readonly stratify: true | string | undefined
}

/** `rows` are divided by `split`; a part with files of its own is read from them. */
export interface TaskData {
  readonly rows: FileSource | undefined
  readonly split: SplitRequest
  /** Of rows that are divided several times: seed of a chain → seed of its division. */
  readonly splits?: ReadonlyMap<number, number>
  readonly parts: { readonly [Part in SplitName]?: FileSource }
}

/** A task with the division of its rows that a chain's seed is taught and tested on. */
export function taskOfSeed(task: StudyTask, chainSeed: number): StudyTask {
  const seed = task.data.splits?.get(chainSeed)
  return seed === undefined ? task : { ...task, data: { ...task.data, split: { ...task.data.split, seed } } }
}

/** Every table that a task's rows come from. */
export function sourcesOf({ data }: StudyTask): FileSource[] {
  return [data.rows, data.parts.train, data.parts.validation, data.parts.test].filter((source) => source !== undefined)
}

export type SplitName = 'train' | 'validation' | 'test'
export const splitNames: readonly SplitName[] = ['train', 'validation', 'test']

/** What a row's texts are made from. */
export type TaskTexts =
  | { readonly kind: 'text'; readonly source: TemplateText; readonly target: TemplateText }
  | {
      readonly kind: 'labels'
      readonly source: TemplateText
      /** A column that holds all labels of a row, or one for each of the classes. */
      readonly cells: { readonly column: string } | { readonly columns: readonly string[] }
      readonly single: boolean
      readonly labels: LabelSpec
    }
  | {
      readonly kind: 'spans'
      readonly text: TemplateText
      readonly density: number
      readonly meanSpan: number
    }

/** A column name or template, as written and parsed. */
export interface TemplateText {
  readonly written: string
  readonly template: Template
}

export interface StudyTask {
  readonly name: string
  readonly prefix: string
  readonly data: TaskData
  readonly texts: TaskTexts
  readonly clean: { readonly source: readonly CleaningRule[]; readonly target: readonly CleaningRule[] }
  readonly limits: Limits
  /** Where it takes what the folder of a start says, this is what the study says itself until the plan has read the folder. */
  readonly generate: GenerateSettings
  readonly generateFrom?: {
    readonly start: Exclude<Start, { kind: 'scratch' }>
    /** What the study says itself, the later ones winning. */
    readonly layers: readonly Partial<GenerateSettings>[]
    /** Where the study names the start. */
    readonly at: readonly (string | number)[]
  }
  readonly metrics: readonly MetricRequest[]
  /** What answers its test rows, whatever has taught the model. */
  readonly device: DeviceChoice
}

export type Limits = TeachSettings['limits']

export interface StudyMixture {
  readonly name: string
  readonly parts: ReadonlyMap<string, number>
  /** What the parts count. */
  readonly by: 'rows' | 'tokens' | 'updates'
  readonly repeat: boolean
  readonly seed: number
  readonly limits: Limits
}

/** How answers are written, every default filled in. */
export type GenerateSettings = GenerationEntry<StudyGenerationName> & { readonly batch: number }

export interface MetricRequest {
  /** Unique within the task. */
  readonly name: string
  readonly metric: MetricName
  /** The metric's own options, spelled as metrics/ spells them. */
  readonly options: Readonly<Record<string, unknown>>
}

/** A start and the lessons taught in order. */
export interface Chain {
  /** Its name in tables: the notation, or the name that the study gives it. */
  readonly label: string
  readonly start: Start
  /** The start as the chain names it, which may be a chain itself: `lessons` then has its lessons first. */
  readonly startName: string
  readonly lessons: readonly ChainLesson[]
  readonly seeds: readonly number[]
  /** Tasks that the last checkpoint is tested on. */
  readonly evaluate: readonly string[]
  /** Where the study names it. */
  readonly at: readonly (string | number)[]
  /** The chains of the file that it stands for, itself first, where it has been decided what its lessons are computed on. */
  readonly written?: readonly Chain[]
}

/** Whether a chain is a start that is tested as it is, which may be a chain itself. */
export function isUntaught({ lessons }: Pick<Chain, 'lessons'>): boolean {
  return lessons.every(({ beforehand }) => beforehand)
}

export interface ChainLesson {
  /** A task or a mixture. */
  readonly name: string
  /** With the settings that the chain gives it: `res(learning_rate=0.001)`. */
  readonly label: string
  /** Those settings, by the names that the study file has for them. */
  readonly stated: Readonly<Record<string, unknown>>
  readonly settings: TeachSettings
  /** Part of a start that is a chain itself: taught before what the chain's label shows. */
  readonly beforehand: boolean
}

/** How tables and figures are printed. */
export interface ReportRequest {
  /** A chain's label, a task or a score → its name in tables and figures. */
  readonly names: ReadonlyMap<string, string>
  /** Whether tables in LaTeX have the minutes of lessons, */
  readonly minutes: boolean
  /** and the mark of answers that something is wrong with. */
  readonly marks: boolean
}

export interface TableRequest {
  readonly task: string
  readonly title: string
  /** Score names, the deciding one first; `undefined`: all. */
  readonly scores: readonly string[] | undefined
  /** Chain labels; `undefined`: all whose last lesson teaches the task. */
  readonly rows: readonly string[] | undefined
  readonly baseline: string | undefined
  /** Chain label → score name → published number. */
  readonly paper: ReadonlyMap<string, ReadonlyMap<string, number>>
}

/** A figure that a study asks for, every default filled in but those that depend on results. */
export type FigureRequest = LossFigureRequest | ScoreFigureRequest | LabelFigureRequest | ConfusionFigureRequest

interface FigureRequestBase {
  /** Part of its files' names, unique among the study's figures. */
  readonly name: string
  readonly title: string
  /** The title is not drawn. */
  readonly untitled?: true
}

export interface LossFigureRequest extends FigureRequestBase {
  readonly kind: 'loss'
  readonly curves: readonly {
    /** A chain's label. */
    readonly chain: string
    /** Its lesson, counted from 0. */
    readonly lesson: number
  }[]
  readonly logs: readonly ('train' | 'validation')[]
  readonly x: LogAxis
  /** `undefined`: log where the losses fall far. */
  readonly y: 'linear' | 'log' | undefined
  /** Updates; `undefined`: a fiftieth of each curve. */
  readonly smooth: number | undefined
}

/** What a lesson's log can be drawn over. */
export type LogAxis = 'updates' | 'epochs' | 'minutes'

export interface ScoreFigureRequest extends FigureRequestBase {
  readonly kind: 'scores'
  readonly task: string
  /** Labels of chains. */
  readonly chains: readonly string[]
  /** Names as in tables, and `loss` and `validation_loss`. */
  readonly scores: readonly string[]
  /** A log's axis, `chain`, or a setting; `undefined`: what fits. */
  readonly x: string | undefined
}

export interface LabelFigureRequest extends FigureRequestBase {
  readonly kind: 'labels'
  readonly task: string
}

export interface ConfusionFigureRequest extends FigureRequestBase {
  readonly kind: 'confusion'
  /** One with labels. */
  readonly task: string
  /** Labels of chains. */
  readonly chains: readonly string[]
}
