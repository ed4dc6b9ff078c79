/**
 * A tensor's extent along one axis: a number, or a product such as `3*B*S` of symbols that each run binds.
 *
 * Products are kept in one canonical spelling (coefficient first, symbols sorted), so that equal dims are equal strings.
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

/** The sum of dims; a sum that holds symbols becomes one new symbol, `(N+1)`. */
export function sum(dims: Shape): Dim {
  if (dims.every((dim) => typeof dim === 'number')) return (dims as number[]).reduce((total, dim) => total + dim, 0)
  const numbers = (dims.filter((dim) => typeof dim === 'number') as number[]).reduce((total, dim) => total + dim, 0)
  const symbols = dims.filter((dim) => typeof dim === 'string').sort()
  if (numbers === 0 && symbols.length === 1) return symbols[0]!
  return `(${[...symbols, ...(numbers === 0 ? [] : [numbers])].join('+')})`
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
  for (const factor of dim.split('*')) {
    if (/^\d+$/.test(factor)) coefficient *= Number(factor)
    else symbols.push(factor)
  }
  return { coefficient, symbols }
}

function spell({ coefficient, symbols }: Monomial): Dim {
  if (symbols.length === 0 || coefficient === 0) return coefficient
  const factors = [...symbols].sort()
  return (coefficient === 1 ? factors : [coefficient, ...factors]).join('*')
}
