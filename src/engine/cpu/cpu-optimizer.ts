/** Updates parameters in place from the gradients beside them. */
export interface CpuOptimizer {
  /**
   * @param number of the update, from 1
   * @param gradientScale multiplies every gradient first; finite
   */
  update(number: number, learningRate: number, gradientScale: number): void
}
