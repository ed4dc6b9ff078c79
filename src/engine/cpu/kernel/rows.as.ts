/** Bits of a touched-rows map: the row got a gradient in this lesson, and it is listed for this update. */
export const TOUCHED: u8 = 1
export const LISTED: u8 = 2

export function multiply(x: usize, n: u32, factor: f32): void {
  const factors = f32x4.splat(factor)
  while (n >= 4) {
    v128.store(x, f32x4.mul(v128.load(x), factors))
    x += 16
    n -= 4
  }
  while (n > 0) {
    store<f32>(x, load<f32>(x) * factor)
    x += 4
    n--
  }
}

/**
 * A first moment below this counts as 0. That of a row that was seen once shrinks by a tenth an update: after some 750 it is a
 * denormal number, where it would stay, and Intel processors compute with such numbers a hundred times slower. What a
 * moment below 1e-30 moves a weight by is lost in the weight's own rounding.
 */
export const SMALLEST_MOMENT: f32 = 1e-30

/** x with 0 in place of what is nearer to it than `smallest`; NaN stays. */
// @ts-ignore: decorator
@inline
export function flushed(x: f32, smallest: f32): f32 {
  return abs<f32>(x) < smallest ? 0 : x
}

/** flushed() of each lane. */
// @ts-ignore: decorator
@inline
export function flushedLanes(x: v128, smallest: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), smallest))
}
