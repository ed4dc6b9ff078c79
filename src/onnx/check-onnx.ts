import { join } from 'node:path'
import { Fault } from '../base/fault.ts'
import { readAllJsonLines, writeJsonLines } from '../base/json-lines.ts'
import { seededRandom } from '../base/random.ts'
import { clearAway, temporaryFolder } from '../base/temporary-folder.ts'
import type { Prediction } from '../lesson/protocol.ts'
import { loadTokenizer } from '../pretrained/tokenizer-folder.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { predictInChild } from '../train/child.ts'
import type { OnnxKind } from './onnx-graphs.ts'
import { type BrowserAnswer, browserAnswers } from './transformers-js.ts'

/** How the answers of transformers.js stand to those of this program. */
export interface OnnxCheck {
  readonly kind: OnnxKind
  readonly sources: number
  readonly identical: number
  readonly first?: OnnxDifference
}

export interface OnnxDifference {
  /** Counted from 1. */
  readonly number: number
  readonly source: string
  readonly expected: string
  readonly found: string
  /** The source is cut into other tokens already. */
  readonly isCutOtherwise: boolean
}

export interface OnnxCheckRequest {
  /** A model's folder, which this program answers with. */
  readonly folder: string
  /** What was made of it. */
  readonly exported: string
  readonly kinds: readonly OnnxKind[]
  /** Where `@huggingface/transformers` is. */
  readonly program: string
  /** @default {@link checkSources} */
  readonly sources?: readonly string[]
  readonly signal?: AbortSignal
  /** Told who answers, and how many sources are answered. */
  readonly onAnswers?: (who: string, done: number, total: number) => void
}

/**
 * Answers the same sources with a model and, by transformers.js, with its export, the likeliest token each time.
 *
 * @throws {Fault} when either cannot answer, or nothing is found to ask
 */
export async function checkOnnx(request: OnnxCheckRequest): Promise<OnnxCheck[]> {
  const { folder, exported, kinds, program, onAnswers = () => {} } = request
  const tokenizer = loadTokenizer(folder)
  const sources = request.sources ?? checkSources(tokenizer)
  const expected = await ownAnswers(folder, sources, request)
  const checks: OnnxCheck[] = []
  for (const kind of kinds) {
    request.signal?.throwIfAborted()
    const found = await browserAnswers(program, {
      folder: exported,
      kind,
      sources,
      maxNewTokens,
      signal: request.signal,
      onAnswers: (done) => onAnswers(`transformers.js in ${kind}`, done, sources.length),
    })
    checks.push({ kind, ...compared(sources, expected, found, tokenizer) })
  }
  return checks
}

const maxNewTokens = 32
const usualCount = 64

/**
 * Texts of a model's own pieces, from one to as many as a long sentence has: the same for the same tokenizer. Pieces that are no
 * text – parts of characters, control characters, special tokens – are left out, and single ASCII characters, which may be bytes
 * that transformers.js does not know.
 */
export function checkSources(tokenizer: Pick<Tokenizer, 'decode' | 'vocabSize'>, count = usualCount): string[] {
  const random = seededRandom([20, count])
  const piece = (): number => {
    for (let tries = 0; tries < 1000; tries++) {
      const id = random.below(tokenizer.vocabSize)
      const text = tokenizer.decode([id])
      if (/^[^\p{C}\ufffd]+$/u.test(text) && !/^[\0-\x7f]$/u.test(text)) return id
    }
    throw new Fault('Cannot make texts of the vocabulary to check with: name a file of texts with --sources')
  }
  return Array.from({ length: count }, (_, at) => tokenizer.decode(Array.from({ length: 1 + ((at * 5) % 40) }, piece)))
}

async function ownAnswers(
  model: string,
  sources: readonly string[],
  { signal, onAnswers }: OnnxCheckRequest,
): Promise<string[]> {
  const folder = temporaryFolder('reteach-check-')
  try {
    const [from, out] = [join(folder, 'sources.jsonl'), join(folder, 'answers.jsonl')]
    await writeJsonLines(
      from,
      sources.map((source) => ({ source })),
    )
    const request = { model, sources: from, out, batch: 16, generation: { maxNewTokens }, followsFolder: false }
    await predictInChild(request, {
      ...(signal && { signal }),
      onEvent: (event) => {
        if (event.type !== 'warning') onAnswers?.('reteach', event.done, event.total)
      },
    })
    return (await readAllJsonLines<Prediction>(out)).map(({ prediction }) => prediction)
  } finally {
    clearAway(folder)
  }
}

/** Compares answer by answer. White space at the ends does not count: spiece.model drops it, a tokenizer.json keeps it. */
export function compared(
  sources: readonly string[],
  expected: readonly string[],
  found: readonly BrowserAnswer[],
  tokenizer: Pick<Tokenizer, 'encode'>,
): Omit<OnnxCheck, 'kind'> {
  const other = sources.flatMap((_, at) => (found[at]!.answer.trim() === expected[at]!.trim() ? [] : [at]))
  const counts = { sources: sources.length, identical: sources.length - other.length }
  const [at] = other
  if (at === undefined) return counts
  const source = sources[at]!
  const isCutOtherwise = tokenizer.encode(source).join() !== found[at]!.ids.join()
  const first = { number: at + 1, source, expected: expected[at]!, found: found[at]!.answer, isCutOtherwise }
  return { ...counts, first }
}
