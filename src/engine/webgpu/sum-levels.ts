/**
 * Which rows are added up, level by level: eight numbers a sum, each of a row of the level before, or -1 for none. What the
 * first level picks are the ids' own places; the last leaves one row for each distinct id, ascending.
 */
export function sumLevels(ids: Int32Array): { distinct: readonly number[]; levels: readonly Int32Array[] } {
  let runs = new Map<number, number[]>()
  ids.forEach((id, at) => {
    const places = runs.get(id)
    if (places) places.push(at)
    else runs.set(id, [at])
  })
  runs = new Map([...runs].sort(([a], [b]) => a - b))
  const levels: Int32Array[] = []
  do {
    const picks: number[] = []
    for (const [id, places] of runs) {
      const sums: number[] = []
      for (let begin = 0; begin < places.length; begin += rowsOfSum) {
        sums.push(picks.length / rowsOfSum)
        for (let at = begin; at < begin + rowsOfSum; at++) picks.push(places[at] ?? -1)
      }
      runs.set(id, sums)
    }
    levels.push(Int32Array.from(picks))
  } while ([...runs.values()].some((places) => places.length > 1))
  return { distinct: [...runs.keys()], levels }
}

/** How many rows are added up at a time. */
export const rowsOfSum = 8
