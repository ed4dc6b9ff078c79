import { flushed, flushedLanes, LISTED, multiply, SMALLEST_MOMENT, TOUCHED } from './rows.as'

// Adafactor of a table of rows whose second moment is kept as the means of its rows and of its columns. A row that is not
// listed in this update has no gradient; without a touched map every row has one.

/** Rows whose squares are added up in float32 before they go into the sums of float64. */
const BLOCK_ROWS: u32 = 64

// @ts-ignore: decorator
@inline
function isListed(touched: usize, row: u32): bool {
  return touched == 0 || (load<u8>(touched + row) & LISTED) != 0
}

/**
 * Brings the means of rows and columns up to date with a gradient, and writes 1/sqrt of the columns' to factors.
 *
 * sums: room for width float64. Returns the mean of the rows' means.
 */
export function adafactorMoments(
  g: usize, rows: u32, width: u32, gradScale: f32, touched: usize,
  rowMeans: usize, columnMeans: usize, beta2: f32, squareWeight: f32, epsilon: f32,
  sums: usize, factors: usize,
): f32 {
  const stride: usize = width << 2
  const block = factors
  memory.fill(sums, 0, <usize>width << 3)
  memory.fill(block, 0, stride)
  let inBlock: u32 = 0
  let total: f64 = 0
  for (let row: u32 = 0; row < rows; row++) {
    const sum = isListed(touched, row) ? addSquares(block, g, width, gradScale) : 0
    // Rows without a gradient count, so that sums are the same whatever the map says.
    if (++inBlock == BLOCK_ROWS) {
      moveBlock(sums, block, width)
      inBlock = 0
    }
    const mean = load<f32>(rowMeans) * beta2 + (sum / <f32>width + epsilon) * squareWeight
    store<f32>(rowMeans, mean)
    total += <f64>mean
    rowMeans += 4
    g += stride
  }
  moveBlock(sums, block, width)
  for (let column: u32 = 0; column < width; column++) {
    const mean = <f32>(load<f64>(sums) / <f64>rows)
    const moment = load<f32>(columnMeans) * beta2 + (mean + epsilon) * squareWeight
    store<f32>(columnMeans, moment)
    store<f32>(factors, 1 / sqrt<f32>(moment))
    sums += 8
    columnMeans += 4
    factors += 4
  }
  return <f32>(total / <f64>rows)
}

/** block[i] += (scale * x[i])^2; returns the sum of what was added. */
function addSquares(block: usize, x: usize, n: u32, scale: f32): f32 {
  const scales = f32x4.splat(scale)
  let sums = f32x4.splat(0)
  while (n >= 4) {
    const scaled = f32x4.mul(v128.load(x), scales)
    const squares = f32x4.mul(scaled, scaled)
    sums = f32x4.add(sums, squares)
    v128.store(block, f32x4.add(v128.load(block), squares))
    block += 16
    x += 16
    n -= 4
  }
  let sum = lanesOf(sums)
  while (n > 0) {
    const scaled = load<f32>(x) * scale
    const square = scaled * scaled
    sum += square
    store<f32>(block, load<f32>(block) + square)
    block += 4
    x += 4
    n--
  }
  return sum
}

// @ts-ignore: decorator
@inline
function lanesOf(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  )
}

/** sums[i] += block[i], which becomes 0. */
function moveBlock(sums: usize, block: usize, n: u32): void {
  while (n > 0) {
    store<f64>(sums, load<f64>(sums) + <f64>load<f32>(block))
    store<f32>(block, 0)
    sums += 8
    block += 4
    n--
  }
}

/** The sum of squares of the update before it is clipped: gradient / sqrt(second moment). */
export function adafactorSquares(
  g: usize, rows: u32, width: u32, gradScale: f32, touched: usize, rowMeans: usize, meanOfRows: f32, factors: usize,
): f64 {
  const stride: usize = width << 2
  let sum: f64 = 0
  for (let row: u32 = 0; row < rows; row++) {
    if (isListed(touched, row)) {
      const factor: f32 = 1 / sqrt<f32>(load<f32>(rowMeans) / meanOfRows)
      sum += <f64>sumOfScaledSquares(g, width, gradScale, factor, factors)
    }
    rowMeans += 4
    g += stride
  }
  return sum
}

function sumOfScaledSquares(g: usize, n: u32, gradScale: f32, factor: f32, factors: usize): f32 {
  const gradScales = f32x4.splat(gradScale)
  const rowFactors = f32x4.splat(factor)
  let sums = f32x4.splat(0)
  while (n >= 4) {
    const grad = f32x4.mul(v128.load(g), gradScales)
    const update = f32x4.mul(f32x4.mul(rowFactors, v128.load(factors)), grad)
    sums = f32x4.add(sums, f32x4.mul(update, update))
    g += 16
    factors += 16
    n -= 4
  }
  let sum = lanesOf(sums)
  while (n > 0) {
    const update = factor * load<f32>(factors) * (load<f32>(g) * gradScale)
    sum += update * update
    g += 4
    factors += 4
    n--
  }
  return sum
}

/**
 * Updates the parameters: p = decay * p - step, where step is stepSize * gradient / sqrt(second moment), or with a first
 * moment m what becomes of it: m = beta1 * m + (1 - beta1) * step. m is 0 where there is none.
 */
export function adafactorUpdate(
  p: usize, g: usize, m: usize, rows: u32, width: u32, gradScale: f32, touched: usize,
  rowMeans: usize, meanOfRows: f32, factors: usize, decay: f32, stepSize: f32, beta1: f32, lerp: f32,
): void {
  const stride: usize = width << 2
  for (let row: u32 = 0; row < rows; row++) {
    const listed = isListed(touched, row)
    if (listed || (m != 0 && (load<u8>(touched + row) & TOUCHED) != 0)) {
      // A row without a gradient in this update has one of 0, of which no factor makes a step.
      const factor: f32 = listed ? stepSize / sqrt<f32>(load<f32>(rowMeans) / meanOfRows) : 0
      if (m == 0) adafactorRow(p, g, width, gradScale, factor, factors, decay)
      else adafactorMomentRow(p, g, m, width, gradScale, factor, factors, decay, beta1, lerp)
    } else if (decay != 1) {
      multiply(p, width, decay)
    }
    p += stride
    g += stride
    if (m != 0) m += stride
    rowMeans += 4
  }
}

function adafactorRow(
  p: usize, g: usize, n: u32, gradScale: f32, factor: f32, factors: usize, decay: f32,
): void {
  const gradScales = f32x4.splat(gradScale)
  const rowFactors = f32x4.splat(factor)
  const decays = f32x4.splat(decay)
  while (n >= 4) {
    const grad = f32x4.mul(v128.load(g), gradScales)
    const step = f32x4.mul(f32x4.mul(rowFactors, v128.load(factors)), grad)
    v128.store(p, f32x4.sub(f32x4.mul(v128.load(p), decays), step))
    p += 16
    g += 16
    factors += 16
    n -= 4
  }
  while (n > 0) {
    const step = factor * load<f32>(factors) * (load<f32>(g) * gradScale)
    store<f32>(p, load<f32>(p) * decay - step)
    p += 4
    g += 4
    factors += 4
    n--
  }
}

function adafactorMomentRow(
  p: usize, g: usize, m: usize, n: u32, gradScale: f32, factor: f32, factors: usize, decay: f32, beta1: f32, lerp: f32,
): void {
  const gradScales = f32x4.splat(gradScale)
  const rowFactors = f32x4.splat(factor)
  const decays = f32x4.splat(decay)
  const beta1s = f32x4.splat(beta1)
  const lerps = f32x4.splat(lerp)
  const smallestMs = f32x4.splat(SMALLEST_MOMENT)
  while (n >= 4) {
    const grad = f32x4.mul(v128.load(g), gradScales)
    const step = f32x4.mul(f32x4.mul(rowFactors, v128.load(factors)), grad)
    const newM = flushedLanes(f32x4.add(f32x4.mul(v128.load(m), beta1s), f32x4.mul(step, lerps)), smallestMs)
    v128.store(m, newM)
    v128.store(p, f32x4.sub(f32x4.mul(v128.load(p), decays), newM))
    p += 16
    g += 16
    m += 16
    factors += 16
    n -= 4
  }
  while (n > 0) {
    const step = factor * load<f32>(factors) * (load<f32>(g) * gradScale)
    const newM = flushed(load<f32>(m) * beta1 + step * lerp, SMALLEST_MOMENT)
    store<f32>(m, newM)
    store<f32>(p, load<f32>(p) * decay - newM)
    p += 4
    g += 4
    m += 4
    factors += 4
    n--
  }
}
