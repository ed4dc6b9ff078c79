import type { DeviceName } from './device.ts'
import type { GenerationOptions } from './generation.ts'
import type { LessonSettings } from './lesson-settings.ts'

/** T5's pre-training objective: spans are replaced by sentinels and asked for. */
export interface SpanCorruption {
  /** Share of the tokens that is hidden. */
  density: number
  /** Mean length of a hidden span, in tokens. */
  meanSpan: number
}

/**
 * Examples on disk: JSONL of `{"source", "target"}`, or JSONL of `{"text"}` for span corruption. With `batchesBy`, each
 * batch of a lesson holds pairs only that have the same text in this field.
 */
export type ExampleFile =
  | { pairs: string; prefix?: string; batchesBy?: string }
  | { texts: string; spanCorruption: SpanCorruption }

export interface TeachRequest {
  /**
   * Stands for what its files hold: a state of the same contents is gone on from, wherever the files lie now. Without it
   * their paths tell lessons apart.
   */
  contents?: string
  /** `scratch` is the content of a `config.json`; `tokenizer` a file or a folder that holds one. */
  start: { folder: string } | { scratch: Record<string, unknown>; tokenizer: string; seed: number }
  lesson: LessonSettings
  train: ExampleFile
  validation?: ExampleFile
  evaluate?: {
    every: 'epoch' | number
    /** What the best checkpoint has: the lowest loss, or the highest or lowest value that the {@link Judgement} names. */
    by: 'loss' | 'highest-value' | 'lowest-value'
    batch?: number
    /** Answered at each evaluation, with the weights as they are then, and judged by whoever asked for the lesson. */
    answers?: AnswerRequest[]
  }
  keep: 'best' | 'last'
  /** The model folder, `log.jsonl` and `evaluations.jsonl` are written into it. */
  outFolder: string
  /**
   * State of an interrupted lesson; a lesson that finds one goes on from it, bit for bit. It is to be removed by whoever
   * asked for the lesson, once the outcome is in its place.
   */
  stateFolder: string
  saveStateEverySeconds?: number
  /** Where token ids of the rows are kept for other lessons, by content; what lies there may go at any time. */
  tokensFolder?: string
  /** Only so many updates, spread evenly over the lesson, after the one with the longest batch: to see what it takes. */
  sampledUpdates?: number
  /** Of a lesson that goes on, those of its state count. */
  threads?: number
  /** What happens where the state is of another processor or runtime: it goes on with a warning, or is refused. */
  elsewhere?: 'warn' | 'refuse'
}

/** Rows that are answered during a lesson. */
export interface AnswerRequest {
  /** Tells apart several of them. */
  name: string
  /** JSONL with a `source` field. */
  sources: string
  prefix?: string
  /** At most so many rows, spread evenly over the file. Default: all. */
  rows?: number
  /** Tokens, `</s>` included; default: not cut. */
  maxSource?: number
  batch: number
  generation: GenerationOptions
}

/** What a lesson's evaluation has found, for whoever judges the answers. */
export interface Evaluation {
  /** Updates done, and all of the lesson. */
  step: number
  steps: number
  /** Of the validation examples. */
  loss: number
  answers: { name: string; rows: number[]; predictions: Prediction[] }[]
  /** What the judge left at the evaluation before; it survives a resume. */
  memory?: unknown
}

/** What a judge says of an evaluation. */
export interface Judgement {
  scores?: Record<string, number>
  /** What else shall stand in the evaluation's line of `evaluations.jsonl`. */
  notes?: Record<string, unknown>
  /** Decides which checkpoint is the best, unless the loss does. */
  value?: number
  /** Given back at the next evaluation. */
  memory?: unknown
  /** Ends the lesson as failed, with this sentence. */
  stop?: string
}

/** Judges the answers of an evaluation within a lesson. An error that it throws ends the lesson and is passed on. */
export type Judge = (evaluation: Evaluation) => Judgement | Promise<Judgement>

export type TeachEvent =
  | {
      type: 'started'
      steps: number
      resumedAt: number
      parameters: number
      /** What the optimizer keeps besides the parameters. */
      optimizerBytes: number
    }
  | {
      type: 'step'
      step: number
      loss: number
      gradNorm: number
      learningRate: number
      seconds: number
      tokens: number
    }
  | { type: 'answering'; step: number; done: number; total: number }
  | {
      type: 'evaluation'
      step: number
      loss: number
      scores?: Record<string, number>
      /** Time spent on the answers, judging included. */
      answerSeconds?: number
    }
  /** The lesson ends before its last update, as its evaluations have become no better. */
  | { type: 'stopped'; step: number; steps: number; evaluations: number }
  | { type: 'saved'; step: number }
  | { type: 'warning'; message: string }

/** What teaching has taken, over all sittings of a lesson. Work that was lost with a killed process is not in it. */
export interface LessonCost {
  readonly seconds: number
  /** Processor time of the lesson's process, all threads together; absent where a sitting did not measure it. */
  readonly cpuSeconds?: number
  /** Of the machine's processor packages, whatever else ran on them; absent where a sitting could not read it. */
  readonly energyJoules?: number
}

/** A lesson that was taught with a part of the vocabulary, and what that comes to. */
export interface TrimmedVocabulary {
  /** Taught, and all of the model. */
  pieces: number
  of: number
  /** Rows whose mean loss a target token was measured: over the pieces taught, and over all of them. */
  rows: number
  loss: number
  wholeLoss: number
}

export interface TeachResult extends LessonCost {
  /** Updates made. */
  steps: number
  /** All updates of the lesson, where it stopped early. */
  plannedSteps?: number
  /** Mean loss of the last updates. */
  loss: number
  trimmed?: TrimmedVocabulary
  best?: { step: number; value: number }
  /** Of the kept weights. */
  weightsSha256: string
  /** What has computed it last. */
  computer?: { threads: number; processor: string; runtime: string }
  peakRssBytes: number
}

/** One generated answer. */
export interface Prediction {
  prediction: string
  /** Tokens of the answer without `</s>`. */
  tokens: number
  /** Whether the model ended it with `</s>` or the limit cut it. */
  finish: 'end' | 'limit'
  /** Sentinels (`<extra_id_N>`) in it, where there are any; the text may lack them. */
  sentinels?: number
  /** Where a number of answers was asked for: all of them, the best first, with the scores that beams give them. */
  answers?: { text: string; score?: number }[]
}

export interface PredictRequest {
  /** A model folder. */
  model: string
  /** JSONL with a `source` field. */
  sources: string
  prefix?: string
  /** Tokens, `</s>` included; default: not cut. */
  maxSource?: number
  /** Whether a warning tells that sources were cut. */
  tellsCut?: true
  batch: number
  generation: GenerationOptions
  /** Whether what the model's folder says about generation holds where `generation` says nothing. */
  followsFolder?: boolean
  /** JSONL of {@link Prediction}, in the order of the sources. */
  out: string
  /** Batches are kept in this file as they are answered; work that finds it goes on after them, bit for bit. */
  keep?: string
  threads?: number
  /** Default: the processor. */
  device?: DeviceName
}

/** What is odd about a model's files. */
export type LossEvent = { type: 'warning'; message: string }

/** `from`: how many were kept by an interrupted sitting. */
export type PredictEvent = LossEvent | { type: 'predicted'; done: number; total: number; from: number }

export interface PredictResult {
  seconds: number
  peakRssBytes: number
}

/** Asks how likely a model finds several answers to each source. */
export interface LikelihoodRequest {
  /** A model folder. */
  model: string
  /** JSONL of `{"source", "targets"}`. */
  rows: string
  prefix?: string
  /** Tokens, `</s>` included; default: not cut. Targets are never cut. */
  maxSource?: number
  /** Answers that are read together. */
  batch: number
  /** JSONL, a list of log-likelihoods for each source: of each target as the whole answer, `</s>` included. */
  out: string
  threads?: number
  /** Default: the processor. */
  device?: DeviceName
}

export interface LossRequest {
  model: string
  /** JSONL of `{"source", "target"}`. */
  pairs: string
  batch: number
  maxSource: number
  maxTarget: number
  prefix?: string
  threads?: number
  /** Default: the processor. */
  device?: DeviceName
}

export interface LossResult {
  /** Mean over all target tokens. */
  loss: number
  tokens: number
  /** Mean over each example's own target tokens. */
  per_example: number[]
}
