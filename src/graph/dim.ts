/**
 * A tensor's extent along one axis: a number, or a product such as `3*B*S` of symbols that each run binds.
 *
 * Products are kept in one spelling (coefficient first, symbols sorted), so that equal dims are equal strings. A sum is one
 * symbol of a product, as in `3*(N+1)`; it is never multiplied out.
 */
export type Dim = number | string

export type Shape = readonly Dim[]

interface Monomial {
  readonly coefficient: number
  readonly symbols: readonly string[]
}

/** The product of dims: `product([2, 'S', 3, 'B'])` is `6*B*S`. */
export function product(dims: Shape): Dim {
  let coefficient = 1
  const symbols: string[] = []
  for (const dim of dims) {
    const part = monomial(dim)
    coefficient *= part.coefficient
    symbols.push(...part.symbols)
  }
  return spell({ coefficient, symbols })
}

/** `a / b` where it is exact, otherwise `undefined`: `quotient('6*B*S', '2*S')` is `3*B`. */
export function quotient(a: Dim, b: Dim): Dim | undefined {
  const numerator = monomial(a)
  const denominator = monomial(b)
  const symbols = [...numerator.symbols]
  for (const symbol of denominator.symbols) {
    const at = symbols.indexOf(symbol)
    if (at < 0) return undefined
    symbols.splice(at, 1)
  }
  const coefficient = numerator.coefficient / denominator.coefficient
  return Number.isInteger(coefficient) ? spell({ coefficient, symbols }) : undefined
}

/** The sum of dims, like terms joined: `sum(['N', 1])` is `(N+1)`, `sum(['(N+1)', 'N'])` is `(2*N+1)`. */
export function sum(dims: Shape): Dim {
  let constant = 0
  const coefficients = new Map<string, number>()
  for (const dim of dims) {
    for (const term of terms(dim)) {
      const { coefficient, symbols } = monomial(term)
      const symbolic = symbols.join('*')
      if (symbolic === '') constant += coefficient
      else coefficients.set(symbolic, (coefficients.get(symbolic) ?? 0) + coefficient)
    }
  }
  const parts: Dim[] = [...coefficients]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([symbolic, n]) => product([n, symbolic]))
  if (constant !== 0 || parts.length === 0) parts.push(constant)
  return parts.length === 1 ? parts[0]! : `(${parts.join('+')})`
}

/** The number that a dim stands for in a run. @param extents what each symbol stands for */
export function boundDim(dim: Dim, extents: Readonly<Record<string, number>>): number {
  const bound = boundDimIfKnown(dim, extents)
  if (bound === undefined) throw new Error(`Cannot bind the extent "${dim}"`)
  return bound
}

/** The same, or nothing where a symbol is not among the extents. */
export function boundDimIfKnown(dim: Dim, extents: Readonly<Record<string, number>>): number | undefined {
  const product = boundProduct(dim, extents)
  return Number.isNaN(product) ? undefined : product
}

function boundProduct(dim: Dim, extents: Readonly<Record<string, number>>): number {
  if (typeof dim === 'number') return dim
  return splitOutside(dim, '*').reduce((product, factor) => {
    const value = factor.startsWith('(')
      ? terms(factor).reduce<number>((total, term) => total + boundProduct(term, extents), 0)
      : (extents[factor] ?? Number(factor))
    return product * value
  }, 1)
}

/** A product as its number and the product of its symbols, 1 where it has none: `6*B*S` is 6 times `B*S`. */
export function termOf(dim: Dim): { readonly coefficient: number; readonly symbols: Dim } {
  const { coefficient, symbols } = monomial(dim)
  return { coefficient, symbols: spell({ coefficient: 1, symbols }) }
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis])
}

/**
 * The shape that numpy's broadcasting gives, right-aligned.
 *
 * Two different symbols cannot be known to be equal and are refused: name one extent by one symbol.
 *
 * @throws {RangeError} if the shapes do not broadcast
 */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1
    const right = b[axis - rank + b.length] ?? 1
    if (left === right || right === 1) return left
    if (left === 1) return right
    throw new RangeError(`Cannot broadcast [${a}] with [${b}]: ${left} meets ${right} on axis ${axis}`)
  })
}

function monomial(dim: Dim): Monomial {
  if (typeof dim === 'number') return { coefficient: dim, symbols: [] }
  let coefficient = 1
  const symbols: string[] = []
  for (const factor of splitOutside(dim, '*')) {
    if (/^\d+$/.test(factor)) coefficient *= Number(factor)
    else symbols.push(factor)
  }
  return { coefficient, symbols }
}

/** The terms of a sum, or the dim itself. */
function terms(dim: Dim): Shape {
  if (typeof dim === 'number' || splitOutside(dim, '*').length > 1 || !dim.startsWith('(')) return [dim]
  return splitOutside(dim.slice(1, -1), '+').map((term) => (/^\d+$/.test(term) ? Number(term) : term))
}

/** Splits at a separator that no parentheses enclose. */
function splitOutside(dim: string, separator: '*' | '+'): string[] {
  const parts = ['']
  let depth = 0
  for (const letter of dim) {
    if (letter === '(') depth++
    if (letter === ')') depth--
    if (letter === separator && depth === 0) parts.push('')
    else parts[parts.length - 1] += letter
  }
  return parts
}

function spell({ coefficient, symbols }: Monomial): Dim {
  if (symbols.length === 0 || coefficient === 0) return coefficient
  const factors = [...symbols].sort()
  return (coefficient === 1 ? factors : [coefficient, ...factors]).join('*')
}
