import { evenly } from '../base/evenly.ts'
import type { AnswerRequest, Evaluation, TeachRequest } from '../lesson/protocol.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { answerSources } from './answers/answer-sources.ts'
import { Generator, type WritingIds } from './answers/generator.ts'
import { type Examples, readFields } from './examples/examples.ts'
import { LossPass, meanLoss } from './loss-pass.ts'
import type { MemoryBound } from './memory/memory-bound.ts'
import type { HeldWeights } from './model-memory.ts'
import { refuseUnanswerable } from './predict.ts'

/**
 * Evaluates a lesson's weights as they are in memory: the loss of the validation examples, and answers to rows of
 * validation files. It draws no dropout and leaves weights, gradients and moments alone.
 */
export class LessonEvaluation {
  readonly #request: NonNullable<TeachRequest['evaluate']>
  readonly #examples: Examples
  readonly #batch: number
  readonly #weights: HeldWeights
  readonly #tokenizer: Tokenizer
  readonly #losses: LossPass
  #generator: Generator | undefined
  readonly #answering: (() => Promise<HeldWeights>) | undefined
  readonly #ids: EvaluatedLesson['ids']
  /** By name; read when they are first asked for. */
  readonly #sources = new Map<string, { rows: number[]; ids: Int32Array[] }>()

  /** @param batch validation examples of one pass, unless the request says otherwise */
  constructor(
    request: NonNullable<TeachRequest['evaluate']>,
    examples: Examples,
    batch: number,
    { weights, tokenizer, ids, labelSmoothing, bound, answering }: EvaluatedLesson,
  ) {
    this.#request = request
    this.#examples = examples
    this.#batch = request.batch ?? batch
    this.#weights = weights
    this.#tokenizer = tokenizer
    this.#losses = new LossPass(weights, labelSmoothing, bound)
    this.#answering = answering
    this.#ids = ids
  }

  /** Mean over all target tokens of the validation examples, smoothed as in the lesson: so Seq2SeqTrainer reports it. */
  async loss(): Promise<number> {
    return await meanLoss(this.#losses, this.#examples, this.#batch)
  }

  /** @param beforeBatch told how many answers are done; it may throw to end the work */
  async answers(beforeBatch: (done: number, total: number) => void | Promise<void>): Promise<Evaluation['answers']> {
    const answered: Evaluation['answers'] = []
    if ((this.#request.answers ?? []).length === 0) return answered
    const weights = (await this.#answering?.()) ?? this.#weights
    this.#generator ??= new Generator({ ...weights, ids: this.#ids })
    let total = 0
    for (const request of this.#request.answers ?? []) total += (await this.#sourcesOf(request, weights)).rows.length
    let [before, done] = [0, 0]
    for (const request of this.#request.answers ?? []) {
      const { rows, ids } = await this.#sourcesOf(request, weights)
      const answering = { generator: this.#generator, tokenizer: this.#tokenizer }
      const predictions = await answerSources(answering, ids, request.generation, request.batch, {
        beforeBatch: () => beforeBatch(done, total),
        onDone: (ofThese) => {
          done = before + ofThese
        },
      })
      before = done
      answered.push({ name: request.name, rows, predictions })
    }
    return answered
  }

  async release(): Promise<void> {
    await this.#losses.release()
    await this.#generator?.release()
  }

  async #sourcesOf(request: AnswerRequest, weights: HeldWeights): Promise<{ rows: number[]; ids: Int32Array[] }> {
    const known = this.#sources.get(request.name)
    if (known !== undefined) return known
    const all = await readFields(request.sources, ['source'])
    const rows = evenly(all.length, request.rows ?? all.length)
    const { prefix = '', maxSource } = request
    const limit = maxSource === undefined ? {} : { maxLength: maxSource }
    const ids = rows.map((row) => this.#tokenizer.encode(prefix + all[row]!.source, limit))
    refuseUnanswerable(ids, weights)
    const read = { rows, ids }
    this.#sources.set(request.name, read)
    return read
  }
}

interface EvaluatedLesson {
  readonly weights: HeldWeights
  readonly tokenizer: Tokenizer
  /** As the start's folder names them. */
  readonly ids: Partial<WritingIds> | undefined
  readonly labelSmoothing: number | undefined
  /** The model that answers, as taught by now, where it is not the one that is taught. */
  readonly answering: (() => Promise<HeldWeights>) | undefined
  /** Of the lesson's memory. */
  readonly bound?: MemoryBound | undefined
}
