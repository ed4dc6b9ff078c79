/**
 * Ids of `<extra_id_0>`, `<extra_id_1>`, … up to the first that is missing. Some vocabularies hold them as pieces that
 * start a word, `▁<extra_id_0>`.
 */
export function sentinelTokens(idOf: (name: string) => number | undefined): number[] {
  const found: number[] = []
  for (;;) {
    const name = `<extra_id_${found.length}>`
    const id = idOf(name) ?? idOf(`▁${name}`)
    if (id === undefined) return found
    found.push(id)
  }
}
