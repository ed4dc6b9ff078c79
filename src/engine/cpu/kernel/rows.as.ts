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
