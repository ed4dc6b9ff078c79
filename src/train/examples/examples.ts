import { Fault } from '../../base/fault.ts'
import { convertFileLines } from '../../base/lines.ts'
import { seededRandom } from '../../base/random.ts'
import type { ExampleFile } from '../../lesson/protocol.ts'
import type { Architecture, Example } from '../../model/family.ts'
import { corruptionWindow, corruptSpans, splitIntoWindows } from '../../tasks/span-corruption.ts'
import type { Tokenizer } from '../../tokenizer/tokenizer.ts'
import { keptTokens, type TokensPlace } from './kept-tokens.ts'
import { tokenProblem } from './token-problem.ts'

/** The examples of a lesson; span corruption hides other spans in each epoch. */
export interface Examples {
  readonly count: number
  /** Source tokens of each example. */
  readonly lengths: Int32Array
  /** The group of each example, numbered from 0, where batches shall hold one group only. */
  readonly groups?: Int32Array
  at(example: number, epoch: number): Example
  /** Ids among which are all that its examples may hold in any epoch, but for sentinels and `</s>`. */
  tokens(): Iterable<Int32Array>
}

interface Limits {
  readonly maxSource: number
  readonly maxTarget: number
}

/**
 * Reads and tokenises the examples of a lesson.
 *
 * @param place where their token ids are kept for other lessons
 * @throws {Fault} naming the file and line that cannot be used, or a tokenizer whose ids the model does not have
 */
export async function readExamples(
  file: ExampleFile,
  tokenizer: Tokenizer,
  model: Pick<Architecture, 'vocabSize'>,
  limits: Limits,
  seed: number,
  place?: TokensPlace,
): Promise<Examples> {
  const examples =
    'pairs' in file
      ? await readPairExamples(file, tokenizer, limits, place)
      : await readSpanExamples(file, tokenizer, limits, seed, place)
  const path = 'pairs' in file ? file.pairs : file.texts
  if (examples.count === 0) throw new Fault(`Cannot use "${path}" as it holds no examples`)
  if (tokenizer.vocabSize > model.vocabSize) checkTokens(examples, model, path)
  return examples
}

/** Reads the named text fields of every line of a JSONL file; empty lines are skipped. */
export async function readFields<K extends string>(path: string, fields: readonly K[]): Promise<Record<K, string>[]> {
  const rows: Record<K, string>[] = []
  const convert = (line: string, number: number) => fieldsOf(line, fields, { file: path, line: number })
  for await (const batch of convertFileLines(path, convert)) for (const row of batch) rows.push(row)
  return rows
}

function fieldsOf<K extends string>(
  text: string,
  fields: readonly K[],
  place: { file: string; line: number },
): Record<K, string> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Fault('Cannot read the line as JSON', place)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Fault(
      `Cannot use the line as it is no JSON object with ${fields.map((name) => `"${name}"`).join(' and ')}`,
      place,
    )
  }
  const row = value as Record<string, unknown>
  return Object.fromEntries(
    fields.map((name) => {
      const field = Object.hasOwn(row, name) ? row[name] : undefined
      if (typeof field !== 'string') {
        throw new Fault(
          `Cannot use the line as its "${name}" is ${field === undefined ? 'missing' : 'not a text'}`,
          place,
        )
      }
      return [name, field]
    }),
  ) as Record<K, string>
}

async function readPairExamples(
  { pairs: path, prefix = '', batchesBy }: Extract<ExampleFile, { pairs: string }>,
  tokenizer: Tokenizer,
  { maxSource, maxTarget }: Limits,
  place: TokensPlace | undefined,
): Promise<Examples> {
  const encode = async () => {
    const pairs = await readFields(path, ['source', 'target'])
    return [
      pairs.map(({ source }) => tokenizer.encode(prefix + source, { maxLength: maxSource })),
      pairs.map(({ target }) => tokenizer.encode(target, { maxLength: maxTarget })),
    ]
  }
  const [sources, targets] = await keptTokens(place, path, { prefix, maxSource, maxTarget }, encode)
  const groups =
    batchesBy === undefined ? undefined : (await readFields(path, [batchesBy])).map((row) => row[batchesBy]!)
  return {
    count: sources!.length,
    lengths: Int32Array.from(sources!, ({ length }) => length),
    ...(groups === undefined ? {} : { groups: numbered(groups) }),
    at: (example) => ({ source: sources![example]!, target: targets![example]! }),
    tokens: () => [...sources!, ...targets!],
  }
}

/** Equal texts get the same number, in the order in which they come first. */
function numbered(names: readonly string[]): Int32Array {
  const numbers = new Map<string, number>()
  return Int32Array.from(names, (name) => {
    const number = numbers.get(name) ?? numbers.size
    numbers.set(name, number)
    return number
  })
}

async function readSpanExamples(
  { texts: path, spanCorruption }: Extract<ExampleFile, { texts: string }>,
  tokenizer: Tokenizer,
  limits: Limits,
  seed: number,
  place: TokensPlace | undefined,
): Promise<Examples> {
  const { sentinelIds, eosId } = tokenizer
  if (sentinelIds.length === 0) throw new Fault('Cannot hide spans as the tokenizer has no sentinel tokens')
  const window = corruptionWindow(limits.maxSource, spanCorruption)
  const encode = async () => {
    const texts = await readFields(path, ['text'])
    const windows = texts.flatMap(({ text }) =>
      splitIntoWindows(tokenizer.encode(text, { addEos: false }), window.tokens),
    )
    return [windows.filter(({ length }) => length >= 2)]
  }
  const [documents] = await keptTokens(place, path, { window: window.tokens }, encode)
  return {
    count: documents!.length,
    lengths: Int32Array.from(documents!, ({ length }) => length),
    tokens: () => documents!,
    at(example, epoch) {
      const random = seededRandom([seed, epoch, example])
      const { source, target } = corruptSpans(documents![example]!, { ...spanCorruption, sentinelIds, eosId, random })
      return { source, target: target.slice(0, limits.maxTarget) }
    },
  }
}

/** A vocabulary larger than the model's is harmless as long as no text uses the ids beyond it. */
function checkTokens(examples: Examples, { vocabSize }: Pick<Architecture, 'vocabSize'>, path: string): void {
  for (let example = 0; example < examples.count; example++) {
    const { source, target } = examples.at(example, 0)
    const problem = tokenProblem(source, vocabSize, 'its source') ?? tokenProblem(target, vocabSize, 'its target')
    if (problem !== undefined) throw new Fault(`Cannot use example ${example + 1} of "${path}" as ${problem}`)
  }
}
