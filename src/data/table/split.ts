import { Fault } from '../../base/fault.ts'
import { seededRandom } from '../../base/random.ts'
import { stratify } from './stratify.ts'

/** How many rows each split gets: numbers of rows, or shares below 1 of all rows; `'rest'` is what the others leave. */
export interface SplitSizes {
  /** @default 'rest' */
  readonly train?: number | 'rest'
  /** @default 0 */
  readonly validation?: number | 'rest'
  /** @default 0 */
  readonly test?: number | 'rest'
}

interface SplitOptions {
  /** @default 42 */
  readonly seed?: number
  /** `false` takes the rows in their order: first train, then validation, then test. @default true */
  readonly shuffle?: boolean
  /** One value a row; rows with the same value land in the same split. */
  readonly groups?: readonly unknown[]
  /** Labels of each row: every split gets about its share of each. Not with groups. */
  readonly labels?: readonly (readonly string[])[]
}

export interface SplitRows {
  readonly train: Int32Array
  readonly validation: Int32Array
  readonly test: Int32Array
}

type SplitName = keyof SplitRows

const splitNames = ['train', 'validation', 'test'] as const

/**
 * Divides rows 0 … n-1 into train, validation and test; the same n, sizes, seed and groups always give the same.
 *
 * Without groups the sizes are met exactly; rows beyond them are left out. With groups whole groups are dealt in random
 * order to the first split that has room, so that a split may stay a little below its size. When the sizes are shares
 * of all rows, no row is left out.
 *
 * @throws {Fault} when there are fewer rows than the sizes ask for, or a split that should have rows would have none
 */
export function splitRows(n: number, sizes: SplitSizes, options: SplitOptions = {}): SplitRows {
  const wanted = wantedRows(n, sizes)
  const order =
    options.shuffle === false
      ? Int32Array.from({ length: n }, (_, i) => i)
      : seededRandom(options.seed ?? 42).permutation(n)
  const rows = divide(order, wanted, options)
  for (const name of splitNames) {
    if (wanted[name] > 0 && rows[name].length === 0) {
      throw new Fault(
        `Cannot split ${n} rows as ${name} would have none: the groups are too large for ${wanted[name]} rows`,
      )
    }
  }
  return rows
}

type Counts = Record<SplitName, number>

function divide(order: Int32Array, wanted: Counts, { groups, labels }: SplitOptions): SplitRows {
  if (groups !== undefined) return deal(order, wanted, groups)
  return labels === undefined ? cut(order, wanted) : cutStratified(order, wanted, labels)
}

/** Rows that no split wants are a part of their own. */
function cutStratified(order: Int32Array, wanted: Counts, labels: readonly (readonly string[])[]): SplitRows {
  const sizes = splitNames.map((name) => wanted[name])
  const part = stratify(order, [...sizes, order.length - sizes.reduce((sum, size) => sum + size, 0)], labels)
  const rowsOf = (index: number): Int32Array => order.filter((row) => part[row] === index)
  return { train: rowsOf(0), validation: rowsOf(1), test: rowsOf(2) }
}

/**
 * Turns sizes into numbers of rows. Shares are rounded by largest remainder, so that halves of 3 rows are 2 and 1.
 *
 * @throws {Fault} on sizes that n rows cannot have
 */
export function wantedRows(n: number, sizes: SplitSizes): Counts {
  const given = { train: sizes.train ?? 'rest', validation: sizes.validation ?? 0, test: sizes.test ?? 0 } as const
  const numbers = splitNames.filter((name) => given[name] !== 'rest')
  const counts: Counts = { train: 0, validation: 0, test: 0 }
  let shares = 0
  for (const name of numbers) {
    const size = given[name] as number
    const isShare = size > 0 && size < 1
    if (!(size >= 0) || (!isShare && !Number.isInteger(size))) {
      throw new Fault(`Cannot split rows as ${name} is ${size}: give a whole number of rows or a share below 1`)
    }
    if (isShare) shares += size
    counts[name] = isShare ? Math.floor(size * n + 1e-9) : size
  }
  if (shares > 1 + 1e-9)
    throw new Fault(`Cannot split rows as the shares add up to ${shares}: let them add up to 1 at most`)
  // Whole rows that rounding down has left over go to the largest remainders.
  const byRemainder = numbers
    .filter((name) => (given[name] as number) > 0 && (given[name] as number) < 1)
    .map((name) => ({ name, remainder: (given[name] as number) * n - counts[name] }))
    .sort((a, b) => b.remainder - a.remainder)
  let left = Math.floor(byRemainder.reduce((sum, { remainder }) => sum + remainder, 0) + 1e-9)
  for (const { name } of byRemainder) {
    if (left <= 0) break
    counts[name]++
    left--
  }
  const total = counts.train + counts.validation + counts.test
  if (total > n) {
    const parts = numbers.map((name) => `${counts[name]} ${name}`).join(' + ')
    throw new Fault(`Cannot split ${n} rows into ${parts} = ${total}: ask for fewer or give more data`)
  }
  const rests = splitNames.filter((name) => given[name] === 'rest')
  if (rests.length > 1) throw new Fault(`Cannot split rows as ${rests.join(' and ')} are both the rest: give sizes`)
  if (rests[0] !== undefined) counts[rests[0]] = n - total
  return counts
}

function cut(order: Int32Array, wanted: Counts): SplitRows {
  const afterTrain = wanted.train
  const afterValidation = afterTrain + wanted.validation
  return {
    train: order.slice(0, afterTrain),
    validation: order.slice(afterTrain, afterValidation),
    test: order.slice(afterValidation, afterValidation + wanted.test),
  }
}

function deal(order: Int32Array, wanted: Counts, groups: readonly unknown[]): SplitRows {
  if (groups.length !== order.length) {
    throw new RangeError(`Cannot split ${order.length} rows by ${groups.length} groups`)
  }
  // Groups come in the order in which the shuffled rows first name them.
  const members = new Map<unknown, number[]>()
  for (const row of order) {
    const group = groups[row]
    const rows = members.get(group)
    if (rows === undefined) members.set(group, [row])
    else rows.push(row)
  }
  const dealt: Record<SplitName, number[]> = { train: [], validation: [], test: [] }
  const all = wanted.train + wanted.validation + wanted.test === order.length
  const room = (name: SplitName): number => wanted[name] - dealt[name].length
  for (const rows of members.values()) {
    const fitting = splitNames.find((name) => room(name) >= rows.length)
    if (fitting === undefined && !all) continue
    // Every row is wanted, so a group that fits nowhere goes where it overflows least.
    const target = fitting ?? splitNames.reduce((a, b) => (room(b) > room(a) ? b : a))
    for (const row of rows) dealt[target].push(row)
  }
  return {
    train: Int32Array.from(dealt.train),
    validation: Int32Array.from(dealt.validation),
    test: Int32Array.from(dealt.test),
  }
}
