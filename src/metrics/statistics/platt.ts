/** `p = 1 / (1 + exp(-(slope · logOdds + intercept)))`; the slope is never below 0, so that more stays more. */
export interface PlattScaling {
  readonly slope: number
  readonly intercept: number
}

/**
 * Fits probabilities to log-odds by Platt's method: logistic regression on targets that are drawn in a little from 0 and 1,
 * which keeps it finite where the log-odds part right from wrong without a rest.
 *
 * @param truths whether each came true; at least one of either kind
 * Source: same minimum as scikit-learn's `_sigmoid_calibration` (Platt 1999, Newton's method of Lin, Lin and Weng 2007).
 */
export function fitPlatt(logOdds: readonly number[], truths: readonly boolean[]): PlattScaling {
  const positives = truths.filter(Boolean).length
  const [low, high] = [1 / (truths.length - positives + 2), (positives + 1) / (positives + 2)]
  const targets = truths.map((isTrue) => (isTrue ? high : low))
  const found = minimise(logOdds, targets, {
    slope: 0,
    intercept: Math.log((positives + 1) / (truths.length - positives + 1)),
  })
  if (found.slope >= 0) return found
  const mean = targets.reduce((sum, target) => sum + target, 0) / targets.length
  return { slope: 0, intercept: Math.log(mean / (1 - mean)) }
}

export function plattProbability({ slope, intercept }: PlattScaling, logOdds: number): number {
  return sigmoid(slope * logOdds + intercept)
}

/** 1 / (1 + exp(-x)) without overflow. */
export function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))
}

const maxIterations = 100
/** Keeps the Hessian invertible where all log-odds are alike. */
const ridge = 1e-12

function minimise(x: readonly number[], targets: readonly number[], start: PlattScaling): PlattScaling {
  let at = start
  let loss = lossAt(x, targets, at)
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const direction = newtonStep(x, targets, at)
    if (direction === undefined) break
    const next = lineSearch(x, targets, at, loss, direction)
    if (next === undefined) break
    at = next.at
    loss = next.loss
  }
  return at
}

/** Cross entropy. */
function lossAt(x: readonly number[], targets: readonly number[], { slope, intercept }: PlattScaling): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) {
    const z = slope * x[i]! + intercept
    sum += Math.max(z, 0) - z * targets[i]! + Math.log1p(Math.exp(-Math.abs(z)))
  }
  return sum
}

interface Direction extends PlattScaling {
  /** Along it; below 0. */
  readonly gradient: number
}

/** `undefined`: at the minimum. */
function newtonStep(x: readonly number[], targets: readonly number[], at: PlattScaling): Direction | undefined {
  let [haa, hab, hbb, ga, gb] = [ridge, 0, ridge, 0, 0]
  for (let i = 0; i < x.length; i++) {
    const p = plattProbability(at, x[i]!)
    const [weight, error] = [p * (1 - p), p - targets[i]!]
    haa += x[i]! * x[i]! * weight
    hab += x[i]! * weight
    hbb += weight
    ga += x[i]! * error
    gb += error
  }
  if (Math.abs(ga) < 1e-9 && Math.abs(gb) < 1e-9) return undefined
  const determinant = haa * hbb - hab * hab
  if (!(determinant > 0)) return undefined
  const slope = -(hbb * ga - hab * gb) / determinant
  const intercept = -(haa * gb - hab * ga) / determinant
  return { slope, intercept, gradient: ga * slope + gb * intercept }
}

/** Halves the step until the loss falls as it should; `undefined`: it does not any more. */
function lineSearch(
  x: readonly number[],
  targets: readonly number[],
  at: PlattScaling,
  loss: number,
  direction: Direction,
): { at: PlattScaling; loss: number } | undefined {
  for (let size = 1; size > 1e-10; size /= 2) {
    const next = { slope: at.slope + size * direction.slope, intercept: at.intercept + size * direction.intercept }
    const nextLoss = lossAt(x, targets, next)
    if (nextLoss < loss + 1e-4 * size * direction.gradient) return { at: next, loss: nextLoss }
  }
  return undefined
}
