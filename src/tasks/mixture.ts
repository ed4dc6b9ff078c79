import { Fault } from '../base/fault.ts'
import { type Random, seededRandom } from '../base/random.ts'

/** What a mixture needs to know of one task's training rows. */
export interface MixturePart {
  readonly rows: number
  /** Source and target tokens of each row; needed for `by: 'tokens'`, otherwise only for the receipt. */
  readonly tokens?: ArrayLike<number>
}

export interface MixtureSettings {
  /** Shares by part name, e.g. 2 and 1; their sum does not matter. */
  readonly ratios: ReadonlyMap<string, number>
  /**
   * What the ratios count: `rows`; `tokens` of source and target; or `updates`, where each batch holds rows of one part
   * only.
   */
  readonly by: 'rows' | 'tokens' | 'updates'
  /** Rows an update; the order of `by: 'updates'` is to be cut into batches of exactly this size. */
  readonly batch: number
  /**
   * Without repetition (the default) every row is used at most once and the part that runs out first ends the mixture:
   * rows of the others are left out. With it the part that runs out last ends it, and the others go round again, each
   * round complete before the next.
   */
  readonly repeat?: boolean
  /** Decides which rows are left out and, together with `epoch`, the order. */
  readonly seed: number
  /** Another epoch has the same rows in another order. @default 0 */
  readonly epoch?: number
}

export interface MixedRow {
  readonly part: string
  /** 0-based row of the part. */
  readonly row: number
}

/** What was really drawn of one part. */
export interface PartReceipt {
  readonly part: string
  readonly ratio: number
  readonly rows: number
  /** Rows in the mixture, repeated ones as often as they occur. */
  readonly drawn: number
  /** Rows that do not occur at all, ascending. */
  readonly leftOut: readonly number[]
  /** Tokens drawn, where lengths were given. */
  readonly tokens?: number
  /** Batches of this part alone, for `by: 'updates'`. */
  readonly updates?: number
  /** The part's share of the mixture in what the ratios count. */
  readonly share: number
}

export interface Mixture {
  readonly order: readonly MixedRow[]
  readonly receipt: readonly PartReceipt[]
}

/**
 * Draws rows of several tasks in a fixed ratio.
 *
 *   { a2t: 10 rows, trans: 4 rows }, 2 : 1 by rows   8 rows of a2t and 4 of trans in random order; 2 of a2t left out
 *
 * @throws {Fault} if a part is unknown, empty or too small for a single row or batch, if a ratio is not positive, or if rows
 *   would be repeated without end
 */
export function mix(parts: ReadonlyMap<string, MixturePart>, settings: MixtureSettings): Mixture {
  const { ratios, by, batch, seed, epoch = 0 } = settings
  checkRatios(parts, settings)
  const names = [...ratios.keys()]
  const available = names.map((name) => countOf(parts.get(name)!, by, batch))
  const scales = available.map((count, index) => count / ratios.get(names[index]!)!)
  const scale = settings.repeat === true ? Math.max(...scales) : Math.min(...scales)
  const last = names[scales.indexOf(scale)]!
  const drawn = names.map((name, index) => {
    const part = parts.get(name)!
    const random = seededRandom([seed, index])
    const amount = scale * ratios.get(name)!
    if (rowsOf(amount, part, settings) > mostRows) {
      throw new Fault(
        `Cannot mix "${name}" in as it would be repeated to more than ${mostRows.toLocaleString('en-US')} rows: "${last}" ends the mixture, give ratios that are less far apart`,
      )
    }
    const rows = drawRows(part, by, batch, amount, random)
    if (rows.length === 0) throw tooSmall(name, last, parts, settings)
    return rows
  })
  const order = by === 'updates' ? inBatches(names, drawn, batch, seed, epoch) : shuffled(names, drawn, seed, epoch)
  return { order, receipt: receiptOf(parts, settings, names, drawn) }
}

/** More are no lesson's, and each is held in memory. */
const mostRows = 2 ** 24

/** How many rows an amount of a part comes to, about. */
function rowsOf(amount: number, { rows, tokens }: MixturePart, { by, batch }: MixtureSettings): number {
  if (by === 'updates') return amount * batch
  return by === 'rows' ? amount : amount / Math.max(1, sumOf(tokens!) / rows)
}

/** @param last the part that ends the mixture */
function tooSmall(
  name: string,
  last: string,
  parts: ReadonlyMap<string, MixturePart>,
  settings: MixtureSettings,
): Fault {
  const { by, batch } = settings
  const one = by === 'updates' ? `batch of ${batch} rows` : 'row'
  const ofLast = parts.get(last)!.rows
  if (by === 'updates' && settings.repeat !== true && ofLast < batch) {
    return new Fault(
      `Cannot mix "${last}" in as its ${ofLast} rows are less than one ${one}: give it more rows, or a smaller batch`,
    )
  }
  const why = last === name ? '' : `, as "${last}" with its ${ofLast} rows ends the mixture`
  const remedy = last === name ? 'or more rows' : `or "${last}" more rows`
  return new Fault(
    `Cannot mix "${name}" in as its share is less than one ${one}${why}: give it a larger ratio, ${remedy}`,
  )
}

function checkRatios(parts: ReadonlyMap<string, MixturePart>, { ratios, by, batch }: MixtureSettings): void {
  if (ratios.size === 0) throw new Fault('Cannot mix as no part is named')
  if (!(Number.isInteger(batch) && batch >= 1)) throw new RangeError(`Cannot mix in batches of ${batch} rows`)
  for (const [name, ratio] of ratios) {
    const part = parts.get(name)
    if (part === undefined) throw new Fault(`Cannot mix "${name}" in as there is no such part`)
    if (part.rows === 0) throw new Fault(`Cannot mix "${name}" in as it has no rows`)
    if (!(ratio > 0 && Number.isFinite(ratio))) {
      throw new Fault(`Cannot mix "${name}" in with the ratio ${ratio}: it must be a number above 0`)
    }
    if (by === 'tokens' && part.tokens === undefined) throw new RangeError(`No token lengths are given for "${name}"`)
    if (part.tokens !== undefined && part.tokens.length !== part.rows) {
      throw new RangeError(`Part "${name}" has ${part.rows} rows but ${part.tokens.length} token lengths`)
    }
  }
}

/** How much of what the ratios count a part has, each row used once. */
function countOf(part: MixturePart, by: MixtureSettings['by'], batch: number): number {
  if (by === 'rows') return part.rows
  if (by === 'updates') return Math.floor(part.rows / batch)
  return sumOf(part.tokens!)
}

/** Rows of one part that together come to `amount`, in the order of drawing; rounds follow each other where rows repeat. */
function drawRows(
  part: MixturePart,
  by: MixtureSettings['by'],
  batch: number,
  amount: number,
  random: Random,
): Int32Array {
  // The ratios are rarely exact in binary: 3 x (2 / 3) must not lose a row.
  const whole = Math.floor(amount + 1e-9 * Math.max(1, amount))
  if (by === 'rows') return rounds(part.rows, whole, random)
  if (by === 'updates') return rounds(part.rows, whole * batch, random)
  const lengths = part.tokens!
  const total = sumOf(lengths)
  if (total === 0) return new Int32Array(0)
  const most = rounds(part.rows, Math.ceil(amount / total + 1) * part.rows, random)
  let tokens = 0
  let count = 0
  for (const row of most) {
    // Stops where one more row would leave the sum farther from its goal than it is.
    const next = tokens + lengths[row]!
    if (next - amount > amount - tokens + 1e-6) break
    tokens = next
    count++
    if (tokens >= amount - 1e-6) break
  }
  return most.slice(0, count)
}

function rounds(rows: number, count: number, random: Random): Int32Array {
  const drawn = new Int32Array(count)
  for (let at = 0; at < count; at += rows) drawn.set(random.permutation(rows).subarray(0, count - at), at)
  return drawn
}

function shuffled(names: readonly string[], drawn: readonly Int32Array[], seed: number, epoch: number): MixedRow[] {
  const all = drawn.flatMap((rows, index) => Array.from(rows, (row) => ({ part: names[index]!, row })))
  return Array.from(seededRandom([seed, names.length, epoch]).permutation(all.length), (at) => all[at]!)
}

/** Rows shuffled within their part, cut into batches of one part, and the batches shuffled. */
function inBatches(
  names: readonly string[],
  drawn: readonly Int32Array[],
  batch: number,
  seed: number,
  epoch: number,
): MixedRow[] {
  const random = seededRandom([seed, names.length, epoch])
  const batches = drawn.flatMap((rows, index) => {
    const order = Array.from(random.permutation(rows.length), (at) => ({ part: names[index]!, row: rows[at]! }))
    return Array.from({ length: rows.length / batch }, (_, update) => order.slice(update * batch, (update + 1) * batch))
  })
  return Array.from(random.permutation(batches.length)).flatMap((at) => batches[at]!)
}

function receiptOf(
  parts: ReadonlyMap<string, MixturePart>,
  { ratios, by, batch }: MixtureSettings,
  names: readonly string[],
  drawn: readonly Int32Array[],
): PartReceipt[] {
  const tokens = names.map((name, index) => {
    const lengths = parts.get(name)!.tokens
    return lengths === undefined ? undefined : drawn[index]!.reduce((sum, row) => sum + lengths[row]!, 0)
  })
  const counted = drawn.map((rows, index) => (by === 'tokens' ? tokens[index]! : rows.length))
  const total = sumOf(counted)
  return names.map((name, index) => {
    const rows = parts.get(name)!.rows
    const used = new Uint8Array(rows)
    for (const row of drawn[index]!) used[row] = 1
    return {
      part: name,
      ratio: ratios.get(name)!,
      rows,
      drawn: drawn[index]!.length,
      leftOut: Array.from(used.keys()).filter((row) => used[row] === 0),
      ...(tokens[index] === undefined ? {} : { tokens: tokens[index] }),
      ...(by === 'updates' ? { updates: drawn[index]!.length / batch } : {}),
      share: counted[index]! / total,
    }
  })
}

function sumOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum
}
