import { Fault } from '../../base/fault.ts'
import type { GenerationOptions } from '../../lesson/generation.ts'

/** A sequence with its score: the sum of its tokens' log probabilities over a power of their number. */
export interface ScoredSequence {
  readonly sequence: readonly number[]
  readonly score: number
}

/** A beginning that is followed. */
export interface RunningBeam {
  readonly sequence: readonly number[]
  /** The sum of its tokens' log probabilities. */
  readonly score: number
  /** The beam of the step before that it goes on from. */
  readonly parent: number
}

/** A running beam with a further token. */
export interface Continuation {
  readonly beam: number
  readonly token: number
  /** Of the beam with the token, as float32. */
  readonly score: number
}

/** What is known of the search for all sources. */
export interface BeamSettings extends Pick<GenerationOptions, 'lengthPenalty' | 'earlyStopping'> {
  readonly numBeams: number
  /** Of the whole sequence, the start token included. */
  readonly maxLength: number
  readonly startId: number
  readonly eosIds: ReadonlySet<number>
}

/**
 * The beams of one source: what is followed, and the best answers so far.
 *
 * Scores are rounded to float32 at each step, as the reference has them.
 *
 * Source: transformers 4.57, `GenerationMixin._beam_search`, which decides for each source by itself.
 */
export class BeamSearch {
  readonly #settings: BeamSettings
  readonly #lengthPenalty: number
  #running: readonly RunningBeam[]
  /** As many as beams, the best first; a place that no answer has taken yet is not finished. */
  #answers: readonly (ScoredSequence & { readonly finished: boolean })[]
  #improvable = true

  constructor(settings: BeamSettings) {
    this.#settings = settings
    this.#lengthPenalty = settings.lengthPenalty ?? 1
    const sequence = [settings.startId]
    const places = Array.from({ length: settings.numBeams }, (_, place) => place)
    // The first step goes on from the first beam alone, as all are the same.
    this.#running = places.map((place) => ({ sequence, score: place === 0 ? 0 : outOfReach, parent: place }))
    this.#answers = places.map(() => ({ sequence, score: outOfReach, finished: false }))
  }

  get running(): readonly RunningBeam[] {
    return this.#running
  }

  get isDone(): boolean {
    const { maxLength, earlyStopping } = this.#settings
    const isFull = earlyStopping === true && this.#answers.every(({ finished }) => finished)
    return !this.#improvable || isFull || this.#running[0]!.sequence.length >= maxLength
  }

  /** The best answers, the best first. */
  best(count: number): ScoredSequence[] {
    return this.#answers.slice(0, count).map(({ sequence, score }) => ({ sequence, score }))
  }

  /**
   * Goes on by a token.
   *
   * @param logProbs of every token of the vocabulary after each running beam
   * @throws {Fault} when no token is left to go on with
   */
  advance(logProbs: readonly Float32Array[]): void {
    this.goOn(likeliest(logProbs, this.#running, candidateCount(this.#settings)))
  }

  /**
   * {@link advance} by the likeliest continuations of all beams.
   *
   * @param candidates as many as {@link candidateCount} says, the likeliest first and of equal ones the first
   */
  goOn(candidates: readonly Continuation[]): void {
    const { numBeams, eosIds, maxLength } = this.#settings
    const length = this.#running[0]!.sequence.length
    const found = candidates.map(({ beam, token, score }) => ({
      sequence: [...this.#running[beam]!.sequence, token],
      score,
      parent: beam,
      ended: eosIds.has(token) || length + 1 >= maxLength,
    }))
    if (found.length === 0) {
      throw new Fault(
        "Cannot go on with an answer as no token is left: its settings forbid them all, or the model's scores are no numbers",
      )
    }
    this.#keepAnswers(
      found.slice(0, numBeams).filter(({ ended }) => ended),
      length,
    )
    const rest = found.map((beam) => (beam.ended ? { ...beam, score: Math.fround(beam.score + outOfReach) } : beam))
    const next = rest.sort((a, b) => b.score - a.score).slice(0, numBeams)
    // Where settings forbid nearly all tokens, beams from which nothing can follow fill the rest.
    while (next.length < numBeams) next.push({ ...next[0]!, score: Number.NEGATIVE_INFINITY })
    this.#running = next
    this.#improvable &&= this.#canImprove(length + 1)
  }

  /** Only a candidate among the first, as many as there are beams, may become an answer; the others are there to be followed. */
  #keepAnswers(ended: readonly ScoredSequence[], length: number): void {
    const divisor = Math.fround(length ** this.#lengthPenalty)
    const scored = ended.map(({ sequence, score }) => ({
      sequence,
      score: Math.fround(score / divisor),
      finished: true,
    }))
    this.#answers = [...this.#answers, ...scored].sort((a, b) => b.score - a.score).slice(0, this.#settings.numBeams)
  }

  /** Whether the best running beam, as long as it may become or as it is, would beat the worst answer. */
  #canImprove(length: number): boolean {
    const { earlyStopping, maxLength } = this.#settings
    const hoped = earlyStopping === 'never' && this.#lengthPenalty > 0 ? maxLength - 1 : length - 1
    const best = Math.fround(this.#running[0]!.score / Math.fround(hoped ** this.#lengthPenalty))
    const worst = Math.min(...this.#answers.map(({ score }) => score))
    return this.#answers.some(({ finished }) => best > (finished ? worst : outOfReach))
  }
}

/** How many continuations of a source are looked at: enough to go on with where all that can end do. */
export function candidateCount({ numBeams, eosIds }: Pick<BeamSettings, 'numBeams' | 'eosIds'>): number {
  return Math.max(2, 1 + eosIds.size) * numBeams
}

/** The reference's score of what is not to be chosen. */
const outOfReach = -1e9

/** The likeliest continuations of all beams together, the likeliest first; of equal ones the first. */
function likeliest(logProbs: readonly Float32Array[], running: readonly RunningBeam[], count: number): Continuation[] {
  const best: Continuation[] = []
  let least = Number.NEGATIVE_INFINITY
  logProbs.forEach((tokens, beam) => {
    const before = running[beam]!.score
    for (let token = 0; token < tokens.length; token++) {
      const score = Math.fround(before + tokens[token]!)
      if (!(score > least)) continue
      let place = best.length
      while (place > 0 && best[place - 1]!.score < score) place--
      best.splice(place, 0, { beam, token, score })
      if (best.length > count) best.pop()
      if (best.length === count) least = best[count - 1]!.score
    }
  })
  return best
}
