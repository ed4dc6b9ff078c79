/** Places of so many of `count` things, spread evenly over them; of fewer than are wanted all. */
export function evenly(count: number, most: number): number[] {
  const taken = Math.min(count, most)
  return Array.from({ length: taken }, (_, at) => Math.floor((at * count) / taken))
}
