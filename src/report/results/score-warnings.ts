/** What is odd about the scores of one test. */
export interface TestWarnings {
  readonly chain: string
  readonly seed: number
  readonly warnings: readonly string[]
}

/** What is odd about scores, each sentence once with the chains and seeds that it is about, where that is not all of them. */
export function scoreWarnings(tests: readonly TestWarnings[]): string[] {
  const about = new Map<string, TestWarnings[]>()
  for (const test of tests) {
    for (const warning of new Set(test.warnings)) about.set(warning, [...(about.get(warning) ?? []), test])
  }
  return [...about].map(([warning, some]) =>
    some.length === tests.length ? warning : `${testNames(some)}: ${warning}`,
  )
}

/** `mt5 -> res, seeds 1, 2; mt5, seed 1` */
export function testNames(tests: readonly Pick<TestWarnings, 'chain' | 'seed'>[]): string {
  const seeds = new Map<string, number[]>()
  for (const { chain, seed } of tests) seeds.set(chain, [...(seeds.get(chain) ?? []), seed])
  return [...seeds].map(([chain, of]) => `${chain}, ${of.length === 1 ? 'seed' : 'seeds'} ${of.join(', ')}`).join('; ')
}
