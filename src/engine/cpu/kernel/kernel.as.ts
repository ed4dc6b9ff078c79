// The arithmetic that onnxruntime does not do for us, in AssemblyScript with 128-bit SIMD: AdamW, gradient norms, the
// embedding's scatter-add and dropout masks; Adafactor lies beside it. `npm run kernel` compiles it to kernel.wasm;
// kernel.ts wraps it.
//
// Every address is a byte offset (u32) into the imported memory, which may be 4 GiB. Loops count elements down and never
// compare addresses: the end of a 4 GiB memory is 2^32 and would wrap to 0. The tail of an odd length repeats the vector
// code's operations one by one in the same order, so that a result never depends on where an element lies.

import { flushed, flushedLanes, LISTED, multiply, SMALLEST_MOMENT, TOUCHED } from './rows.as'

export * from './adafactor.as'

/** What functions that take row numbers return when one lies outside the table. */
const BAD_ROW: u32 = 0xffffffff

/** Moments too small to move a weight are set to 0: SMALLEST_MOMENT says why, and for the second `smallestV` is given. */
export function adamw(
  p: usize, g: usize, m: usize, v: usize, n: u32,
  decay: f32, lerp: f32, beta2: f32, squareWeight: f32, stepSize: f32, epsilon: f32, gradScale: f32, smallestV: f32,
): void {
  const smallestMs = f32x4.splat(SMALLEST_MOMENT)
  const smallestVs = f32x4.splat(smallestV)
  const decays = f32x4.splat(decay)
  const lerps = f32x4.splat(lerp)
  const beta2s = f32x4.splat(beta2)
  const squareWeights = f32x4.splat(squareWeight)
  const stepSizes = f32x4.splat(stepSize)
  const epsilons = f32x4.splat(epsilon)
  const gradScales = f32x4.splat(gradScale)
  while (n >= 4) {
    const grad = f32x4.mul(v128.load(g), gradScales)
    const oldM = v128.load(m)
    const newM = flushedLanes(f32x4.add(oldM, f32x4.mul(f32x4.sub(grad, oldM), lerps)), smallestMs)
    const squares = f32x4.mul(f32x4.mul(grad, grad), squareWeights)
    const newV = flushedLanes(f32x4.add(f32x4.mul(v128.load(v), beta2s), squares), smallestVs)
    const denominator = f32x4.add(f32x4.sqrt(newV), epsilons)
    const update = f32x4.mul(stepSizes, f32x4.div(newM, denominator))
    v128.store(m, newM)
    v128.store(v, newV)
    v128.store(p, f32x4.sub(f32x4.mul(v128.load(p), decays), update))
    p += 16
    g += 16
    m += 16
    v += 16
    n -= 4
  }
  while (n > 0) {
    const grad = load<f32>(g) * gradScale
    const oldM = load<f32>(m)
    const newM = flushed(oldM + (grad - oldM) * lerp, SMALLEST_MOMENT)
    const newV = flushed(load<f32>(v) * beta2 + grad * grad * squareWeight, smallestV)
    const update = stepSize * (newM / (sqrt<f32>(newV) + epsilon))
    store<f32>(m, newM)
    store<f32>(v, newV)
    store<f32>(p, load<f32>(p) * decay - update)
    p += 4
    g += 4
    m += 4
    v += 4
    n--
  }
}

/** adamw() over a table of rows; a row that was never touched has g = m = v = 0, so that only the decay is left of it. */
export function adamwRows(
  p: usize, g: usize, m: usize, v: usize, rows: u32, width: u32, touched: usize,
  decay: f32, lerp: f32, beta2: f32, squareWeight: f32, stepSize: f32, epsilon: f32, gradScale: f32, smallestV: f32,
): void {
  const stride: usize = width << 2
  for (let row: u32 = 0; row < rows; row++) {
    if (load<u8>(touched + row) & TOUCHED) {
      adamw(p, g, m, v, width, decay, lerp, beta2, squareWeight, stepSize, epsilon, gradScale, smallestV)
    } else if (decay != 1) {
      multiply(p, width, decay)
    }
    p += stride
    g += stride
    m += stride
    v += stride
  }
}

/** Sum of x[i]^2; the squares of float32 are exact in float64 and so cannot overflow. */
export function sumOfSquares(x: usize, n: u32): f64 {
  let sum0 = f64x2.splat(0)
  let sum1 = f64x2.splat(0)
  let sum2 = f64x2.splat(0)
  let sum3 = f64x2.splat(0)
  while (n >= 8) {
    const a = v128.load64_zero(x)
    const b = v128.load64_zero(x, 8)
    const c = v128.load64_zero(x, 16)
    const d = v128.load64_zero(x, 24)
    const wideA = f64x2.promote_low_f32x4(a)
    const wideB = f64x2.promote_low_f32x4(b)
    const wideC = f64x2.promote_low_f32x4(c)
    const wideD = f64x2.promote_low_f32x4(d)
    sum0 = f64x2.add(sum0, f64x2.mul(wideA, wideA))
    sum1 = f64x2.add(sum1, f64x2.mul(wideB, wideB))
    sum2 = f64x2.add(sum2, f64x2.mul(wideC, wideC))
    sum3 = f64x2.add(sum3, f64x2.mul(wideD, wideD))
    x += 32
    n -= 8
  }
  const sums = f64x2.add(f64x2.add(sum0, sum1), f64x2.add(sum2, sum3))
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)
  while (n > 0) {
    const value = <f64>load<f32>(x)
    sum += value * value
    x += 4
    n--
  }
  return sum
}

/** sumOfSquares() over the rows named in list, which must not repeat. */
export function sumOfSquaresRows(x: usize, width: u32, list: usize, count: u32): f64 {
  const stride: usize = width << 2
  let sum: f64 = 0
  while (count > 0) {
    sum += sumOfSquares(x + <usize>load<u32>(list) * stride, width)
    list += 4
    count--
  }
  return sum
}

/**
 * target[indices[i]] += scale * source[i], in the order of i. With a touched map each row that is new in this update is
 * appended to list. Returns how many rows list then holds, or BAD_ROW.
 */
export function scatterAddRows(
  target: usize, rows: u32, width: u32, indices: usize, count: u32, source: usize, scale: f32,
  touched: usize, list: usize, listed: u32,
): u32 {
  const stride: usize = width << 2
  while (count > 0) {
    const row = load<u32>(indices)
    if (row >= rows) return BAD_ROW
    if (touched != 0 && !(load<u8>(touched + row) & LISTED)) {
      store<u8>(touched + row, TOUCHED | LISTED)
      store<u32>(list + (<usize>listed << 2), row)
      listed++
    }
    addScaled(target + <usize>row * stride, source, width, scale)
    indices += 4
    source += stride
    count--
  }
  return listed
}

function addScaled(target: usize, source: usize, n: u32, scale: f32): void {
  const scales = f32x4.splat(scale)
  while (n >= 4) {
    v128.store(target, f32x4.add(v128.load(target), f32x4.mul(v128.load(source), scales)))
    target += 16
    source += 16
    n -= 4
  }
  while (n > 0) {
    store<f32>(target, load<f32>(target) + load<f32>(source) * scale)
    target += 4
    source += 4
    n--
  }
}

/** Zeroes the rows named in list and, with a touched map, takes them off the list. */
export function zeroRows(target: usize, width: u32, list: usize, count: u32, touched: usize): void {
  const stride: usize = width << 2
  while (count > 0) {
    const row = load<u32>(list)
    memory.fill(target + <usize>row * stride, 0, stride)
    if (touched != 0) store<u8>(touched + row, load<u8>(touched + row) & ~LISTED)
    list += 4
    count--
  }
}

// Dropout masks. Element i of stream (seed, step, site) is decided by 16 bits: the low or high half (i even or odd) of
// mix(i >> 1), a keyed permutation of 32-bit words. Three rounds of xor-shift and multiply with the constants of
// "triple32" (hash-prospector, public domain); a round key is added before each, so that two streams are not shifted
// copies of each other.

let key0: i32 = 0
let key1: i32 = 0
let key2: i32 = 0

function scramble(z: u64): u64 {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb
  return z ^ (z >> 31)
}

function setKeys(seedLow: u32, seedHigh: u32, step: u32, site: u32): void {
  const golden: u64 = 0x9e3779b97f4a7c15
  let state = scramble(((<u64>seedHigh << 32) | <u64>seedLow) + golden)
  state = scramble(state + (((<u64>site << 32) | <u64>step) ^ golden))
  const first = scramble(state + golden)
  const second = scramble(state + golden + golden)
  key0 = <i32>first
  key1 = <i32>(first >> 32)
  key2 = <i32>second
}

// @ts-ignore: decorator
@inline
function mixes(x: v128): v128 {
  x = i32x4.add(x, i32x4.splat(key0))
  x = v128.xor(x, i32x4.shr_u(x, 17))
  x = i32x4.add(i32x4.mul(x, i32x4.splat(0xed5ad4bb)), i32x4.splat(key1))
  x = v128.xor(x, i32x4.shr_u(x, 11))
  x = i32x4.add(i32x4.mul(x, i32x4.splat(0xac4c1b51)), i32x4.splat(key2))
  x = v128.xor(x, i32x4.shr_u(x, 15))
  x = i32x4.mul(x, i32x4.splat(0x31848bab))
  return v128.xor(x, i32x4.shr_u(x, 14))
}

/**
 * Writes a byte an element, 1 for what is kept and 0 else. threshold is the drop probability in 1/65536, less 32768: the 16 random
 * bits are compared as signed numbers. Sixteen bytes are written at a time, so that some beyond n are of no meaning.
 */
export function dropoutBytes(
  target: usize, n: u32, threshold: i32, seedLow: u32, seedHigh: u32, step: u32, site: u32,
): void {
  setKeys(seedLow, seedHigh, step, site)
  const thresholds = i16x8.splat(<i16>threshold)
  const ones = i8x16.splat(1)
  const four = i32x4.splat(4)
  let counter = i32x4(0, 1, 2, 3)
  let vectors = (n + 15) >> 4
  while (vectors > 0) {
    const first = i16x8.lt_s(mixes(counter), thresholds)
    counter = i32x4.add(counter, four)
    const second = i16x8.lt_s(mixes(counter), thresholds)
    counter = i32x4.add(counter, four)
    v128.store(target, v128.andnot(ones, i8x16.narrow_i16x8_s(first, second)))
    target += 16
    vectors--
  }
}

/**
 * Writes the same mask with a bit an element, 1 for what is kept, the first element's the lowest of its byte. The last byte's
 * bits beyond n are of no meaning.
 */
export function dropoutBits(
  target: usize, n: u32, threshold: i32, seedLow: u32, seedHigh: u32, step: u32, site: u32,
): void {
  setKeys(seedLow, seedHigh, step, site)
  const thresholds = i16x8.splat(<i16>threshold)
  const four = i32x4.splat(4)
  let counter = i32x4(0, 1, 2, 3)
  let bytes = (n + 7) >> 3
  while (bytes > 0) {
    store<u8>(target, ~i16x8.bitmask(i16x8.lt_s(mixes(counter), thresholds)))
    counter = i32x4.add(counter, four)
    target++
    bytes--
  }
}
