import { writeFileAtomic } from '../base/atomic-file.ts'
import { Fault } from '../base/fault.ts'
import { readAllJsonLines } from '../base/json-lines.ts'
import type { LikelihoodRequest, PredictEvent, PredictResult } from '../lesson/protocol.ts'
import type { Example } from '../model/family.ts'
import { loadTokenizer } from '../pretrained/tokenizer-folder.ts'
import { LossPass } from './loss-pass.ts'
import { loadWeights } from './model-memory.ts'
import { holdingFor, refuseUnanswerable } from './predict.ts'

/**
 * The log-likelihoods of given answers under a model folder, without dropout: of each row's targets, as the whole answer.
 *
 * @throws {Fault} on unusable input or a full disk; then `out` is not written
 */
export async function likelihoodsOfFile(
  request: LikelihoodRequest,
  onEvent: (event: PredictEvent) => void,
): Promise<PredictResult> {
  const begun = performance.now()
  const { prefix = '', maxSource } = request
  const tokenizer = loadTokenizer(request.model)
  const weights = await loadWeights(request.model, await holdingFor(request))
  const rows = await readAllJsonLines<{ source: string; targets: string[] }>(request.rows)
  const cut = maxSource === undefined ? {} : { maxLength: maxSource }
  const sources = rows.map(({ source }) => tokenizer.encode(prefix + source, cut))
  refuseUnanswerable(sources, weights)
  const asked = rows.flatMap(({ targets }, row) =>
    targets.map((target, at): Asked => ({ row, at, source: sources[row]!, target: tokenizer.encode(target) })),
  )
  const found = rows.map(({ targets }) => new Array<number>(targets.length))
  const losses = new LossPass(weights)
  for await (const { row, at, logLikelihood, done } of measured(asked, request.batch, losses)) {
    if (!Number.isFinite(logLikelihood)) {
      throw new Fault(
        `Cannot tell how likely answers of "${request.model}" are as it comes to ${logLikelihood}: its weights are of no use`,
      )
    }
    found[row]![at] = logLikelihood
    if (done !== undefined) onEvent({ type: 'predicted', done, total: asked.length, from: 0 })
  }
  await losses.release()
  writeFileAtomic(request.out, found.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return { seconds: (performance.now() - begun) / 1000, peakRssBytes: process.resourceUsage().maxRSS * 1024 }
}

/** One answer to one source. */
interface Asked extends Example {
  readonly row: number
  /** Which of the row's targets. */
  readonly at: number
}

interface Measured extends Asked {
  readonly logLikelihood: number
  /** How many are measured, told once a batch. */
  readonly done: number | undefined
}

/** Sources of like lengths share a batch; the longest come first, so that a lack of memory shows at once. */
async function* measured(asked: readonly Asked[], batch: number, losses: LossPass): AsyncGenerator<Measured> {
  const byLength = asked.toSorted((a, b) => b.source.length - a.source.length)
  for (let begin = 0; begin < byLength.length; begin += batch) {
    const part = byLength.slice(begin, begin + batch)
    const tokenLosses = await losses.tokenLosses(part)
    for (const [index, one] of part.entries()) {
      const loss = tokenLosses[index]!.reduce((total, token) => total + token, 0)
      yield { ...one, logLikelihood: -loss, done: index + 1 === part.length ? begin + part.length : undefined }
    }
  }
}
