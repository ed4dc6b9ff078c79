import { join } from 'node:path'
import { writeJsonFile } from '../../base/atomic-file.ts'
import { type Rows, SpooledRows } from '../../base/bounds/spooled-rows.ts'
import { readJsonLines, writeJsonLines } from '../../base/json-lines.ts'
import { plural } from '../../base/plural.ts'
import { loadTokenizer } from '../../pretrained/tokenizer-folder.ts'
import { type Mixture, mix, type PartReceipt } from '../../tasks/mixture.ts'
import type { StepKey } from '../keys.ts'
import type { Limits, SplitName, StudyMixture, StudyTask } from '../study.ts'
import type { FinishedSteps } from './finished-steps.ts'
import { type PreparedPair, preparedFile } from './prepare-task.ts'

/** What a mixture is drawn from, and how. */
export interface MixtureRows {
  readonly mixture: StudyMixture
  readonly parts: readonly {
    readonly task: StudyTask
    /** The step that prepares its rows. */
    readonly data: StepKey
    readonly ratio: number
  }[]
  readonly draw: MixtureDraw
}

/** What a mixture needs to know of the lesson that it is drawn for. */
export interface MixtureDraw {
  /** Of a mixture by tokens: what cuts its texts, and where they end. */
  readonly tokens?: { readonly tokenizer: string; readonly limits: Limits }
  /** Of a mixture by updates: rows of each. */
  readonly batch?: number
}

/**
 * Mixes the rows of tasks that are prepared already, each with its task's prefix: `train.jsonl`, `validation.jsonl`
 * where every task has one, and `receipt.json` with what was drawn and left out.
 *
 * @param rowsFile the prepared rows of a task, which may not be there
 * @throws {Fault} when a task has too few rows for its share
 */
export async function prepareMixture(
  { mixture, parts, draw }: MixtureRows,
  folder: string,
  rowsFile: FinishedSteps['rowsFile'],
  onNote: (sentence: string) => void,
): Promise<{ rows: Partial<Record<SplitName, number>> }> {
  const { by, repeat, seed } = mixture
  const counts: Partial<Record<SplitName, number>> = {}
  const receipt: Record<string, unknown> = { by, repeat, seed, ...draw }
  for (const split of ['train', 'validation'] as const) {
    const rows = new Map<string, Rows<PreparedPair>>()
    for (const part of parts) {
      rows.set(part.task.name, await readPart(rowsFile(part.data, split), part.task.prefix))
    }
    const empty = [...rows].filter(([, list]) => list.length === 0).map(([name]) => name)
    if (empty.length > 0 && split === 'validation') continue
    const mixed = mixRows(mixture, rows, draw, split)
    await writeJsonLines(preparedFile(folder, split), rowsInOrder(mixed, rows))
    counts[split] = mixed.order.length
    receipt[split] = mixed.receipt
    if (split === 'train') onNote(receiptSentence(mixture, mixed.receipt))
  }
  writeJsonFile(join(folder, 'receipt.json'), receipt)
  return { rows: counts }
}

function* rowsInOrder({ order }: Mixture, rows: ReadonlyMap<string, Rows<PreparedPair>>): Generator<PreparedPair> {
  for (const { part, row } of order) yield { ...rows.get(part)!.at(row)!, task: part } as PreparedPair
}

/**
 * Draws the rows of a mixture.
 *
 * @param rows task → its rows, the sources with its prefix
 */
export function mixRows(
  { parts, by, repeat, seed }: StudyMixture,
  rows: ReadonlyMap<string, Rows<PreparedPair>>,
  draw: MixtureDraw,
  split: 'train' | 'validation',
): Mixture {
  const lengths = draw.tokens === undefined ? undefined : tokenCounter(draw.tokens)
  const counted = [...rows].map(
    ([name, list]) => [name, { rows: list.length, ...(lengths && { tokens: lengths(list) }) }] as const,
  )
  return mix(new Map(counted), {
    ratios: parts,
    // Validation rows are not taught in updates: their number keeps the same proportion.
    by: by === 'updates' && split === 'validation' ? 'rows' : by,
    batch: draw.batch ?? 1,
    repeat,
    seed,
  })
}

/** Counts the tokens that a lesson sees of each row: those beyond a limit are cut. */
function tokenCounter({
  tokenizer: path,
  limits,
}: NonNullable<MixtureDraw['tokens']>): (rows: Rows<PreparedPair>) => Int32Array {
  const tokenizer = loadTokenizer(path)
  const count = (text: string, maxLength: number): number => tokenizer.encode(text, { maxLength }).length
  return (rows) =>
    Int32Array.from(rows, ({ source, target }) => count(source, limits.source) + count(target, limits.target))
}

/** `Mixed "both" 2 : 1 by rows: 8 of 10 rows of a2t (2 left out), 4 of 4 rows of trans` */
function receiptSentence({ name, by, parts }: StudyMixture, receipt: readonly PartReceipt[]): string {
  const shares = receipt.map(({ part, rows, drawn, leftOut, tokens, updates }) => {
    const facts = [
      ...(tokens === undefined ? [] : [plural(tokens, 'token')]),
      ...(updates === undefined ? [] : [plural(updates, 'update')]),
      ...(leftOut.length === 0 ? [] : [`${leftOut.length} left out`]),
    ]
    // Rows that repeat are more than there are.
    const count = drawn > rows ? `${drawn} rows from the ${rows}` : `${drawn} of ${rows} rows`
    return `${count} of ${part}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`
  })
  return `Mixed "${name}" ${[...parts.values()].join(' : ')} by ${by}: ${shares.join(', ')}${otherShares(receipt)}`
}

/** Said where whole rows or batches come no nearer to the ratios than a hundredth. */
function otherShares(receipt: readonly PartReceipt[]): string {
  const ratios = receipt.reduce((sum, { ratio }) => sum + ratio, 0)
  const isOther = receipt.some(({ ratio, share }) => Math.abs(share - ratio / ratios) > 0.01)
  return isOther ? `; that is ${receipt.map(({ share }) => `${(100 * share).toFixed(1)} %`).join(' : ')}` : ''
}

async function readPart(path: string, prefix: string): Promise<Rows<PreparedPair>> {
  const rows = new SpooledRows<PreparedPair>()
  try {
    for await (const row of readJsonLines<PreparedPair>(path)) rows.push({ ...row, source: prefix + row.source })
  } catch (error) {
    const { cause } = error as { cause?: NodeJS.ErrnoException }
    if (cause?.code === 'ENOENT') return []
    throw error
  }
  return rows
}
