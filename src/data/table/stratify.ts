/**
 * Deals rows to parts of given sizes so that each part has about its share of every label.
 *
 * Where each row has one label at most, every part has the label's share to within a row: shares are rounded down, and what is
 * left goes, one row a part at most, to the parts that lack most (a matrix of 0 and 1 with given sums, which there always is:
 * Gale 1957, Ryser 1957). Else rows are dealt label by label, the rarest among those left first, each to the part that lacks most of
 * it (Sechidis, Tsoumakas and Vlahavas 2011, algorithm 1), parts that are full left out, so that sizes are met exactly. Rows without a
 * label count as if that were one.
 *
 * @param order every row once, in the order in which they are dealt
 * @param sizes rows of each part; they add up to all
 * @param labels those of each row
 * @returns by row, the part that it is dealt to
 */
export function stratify(
  order: Int32Array,
  sizes: readonly number[],
  labels: readonly (readonly string[])[],
): Uint8Array {
  const sets = labels.map((of) => (of.length === 0 ? [''] : [...new Set(of)]))
  const rowsOf = new Map<string, number[]>()
  for (const row of order) {
    for (const label of sets[row]!) {
      const rows = rowsOf.get(label)
      if (rows === undefined) rowsOf.set(label, [row])
      else rows.push(row)
    }
  }
  return sets.every(({ length }) => length === 1) ? dealClasses(rowsOf, sizes) : dealLabels(rowsOf, sizes, sets)
}

function dealClasses(rowsOf: ReadonlyMap<string, readonly number[]>, sizes: readonly number[]): Uint8Array {
  const n = sum(sizes)
  const classes = [...rowsOf.values()].map((rows) => {
    const ideal = sizes.map((size) => (rows.length * size) / n)
    // A share that is whole but for rounding is not rounded down below itself.
    const counts = ideal.map((share) => Math.floor(share + 1e-9))
    return { rows, counts, remainders: ideal.map((share, part) => share - counts[part]!) }
  })
  const lacking = sizes.map((size, part) => size - sum(classes.map(({ counts }) => counts[part]!)))
  for (const { rows, counts, remainders } of classes) {
    const byLack = sizes
      .map((_, part) => part)
      .toSorted((a, b) => lacking[b]! - lacking[a]! || remainders[b]! - remainders[a]!)
    for (const part of byLack.slice(0, rows.length - sum(counts))) {
      counts[part]!++
      lacking[part]!--
    }
  }
  const dealt = new Uint8Array(n)
  for (const { rows, counts } of classes) {
    let from = 0
    for (const [part, count] of counts.entries()) {
      for (const row of rows.slice(from, from + count)) dealt[row] = part
      from += count
    }
  }
  return dealt
}

const undealt = 255

function dealLabels(
  rowsOf: ReadonlyMap<string, readonly number[]>,
  sizes: readonly number[],
  sets: readonly (readonly string[])[],
): Uint8Array {
  const n = sets.length
  const dealt = new Uint8Array(n).fill(undealt)
  const room = [...sizes]
  const places = new Map([...rowsOf.keys()].map((label, place) => [label, place]))
  const labels = [...rowsOf.values()].map((rows) => ({
    rows,
    lacking: sizes.map((size) => (rows.length * size) / n),
  }))
  const left = new Fewest(labels.map(({ rows }) => rows.length))
  for (let rarest = left.first(); rarest !== undefined; rarest = left.first()) {
    const { rows, lacking } = labels[rarest]!
    for (const row of rows) {
      if (dealt[row] !== undealt) continue
      const part = mostLacking(lacking, room)
      dealt[row] = part
      room[part]!--
      for (const label of sets[row]!) {
        const place = places.get(label)!
        labels[place]!.lacking[part]!--
        left.decrease(place)
      }
    }
  }
  return dealt
}

/** Numbers of which the fewest above 0 is found: a tournament, in which a number that changes plays on its way to the top alone. */
class Fewest {
  readonly #numbers: number[]
  /** The winner's place below each node: of the nodes 2 i and 2 i + 1 at i, of the numbers themselves from `#leaves` on. */
  readonly #winners: Int32Array
  readonly #leaves: number

  constructor(numbers: readonly number[]) {
    this.#numbers = [...numbers]
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(1, numbers.length)))
    this.#winners = new Int32Array(2 * this.#leaves).fill(none)
    for (const place of numbers.keys()) this.#winners[this.#leaves + place] = place
    for (let node = this.#leaves - 1; node > 0; node--) this.#play(node)
  }

  /** The place of the fewest; of several the first. */
  first(): number | undefined {
    const place = this.#winners[1]!
    return place === none || this.#numbers[place] === 0 ? undefined : place
  }

  decrease(place: number): void {
    this.#numbers[place]!--
    for (let node = (this.#leaves + place) >> 1; node > 0; node >>= 1) this.#play(node)
  }

  #play(node: number): void {
    const [one, other] = [this.#winners[2 * node]!, this.#winners[2 * node + 1]!]
    this.#winners[node] = this.#rank(other) < this.#rank(one) ? other : one
  }

  #rank(place: number): number {
    return (place === none ? 0 : this.#numbers[place]!) || Number.POSITIVE_INFINITY
  }
}

const none = -1

/** The part with room that lacks most of a label; of several the one with most room. */
function mostLacking(lacking: readonly number[], room: readonly number[]): number {
  const open = room.flatMap((rows, part) => (rows > 0 ? [part] : []))
  return open.reduce((a, b) => {
    const more = lacking[b]! - lacking[a]!
    return more > 1e-9 || (Math.abs(more) <= 1e-9 && room[b]! > room[a]!) ? b : a
  })
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
