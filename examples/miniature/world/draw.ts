import type { Random } from '../../../src/base/random.ts'

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)]!
}

export function chance(random: Random, probability: number): boolean {
  return random.uniform() < probability
}

/** One of the items, each as likely as its weight. */
export function pickWeighted<T>(random: Random, items: readonly (readonly [item: T, weight: number])[]): T {
  let rest = random.uniform() * items.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [item, weight] of items) {
    rest -= weight
    if (rest < 0) return item
  }
  return items.at(-1)![0]
}

/**
 * Fills a template: `[a|b]` is one of the alternatives, `{slot}` the slot's text; an alternative may be empty.
 *
 *   "We [propose|study] {method}."   "We study sparse trees."
 */
export function fill(random: Random, template: string, slots: Readonly<Record<string, string>> = {}): string {
  return template
    .replace(/\[([^\]]*)\]/gu, (_, alternatives: string) => pick(random, alternatives.split('|')))
    .replace(/\{(\w+)\}/gu, (_, name: string) => {
      const text = slots[name]
      if (text === undefined) throw new RangeError(`Template "${template}" has no slot "${name}"`)
      return text
    })
    .replace(/ +/gu, ' ')
    .trim()
}

/** The first letter as a capital. */
export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Draws until there are `count` rows of which no two have the same key, nor one that is taken already. */
export function drawDistinct<T>(count: number, taken: Set<string>, draw: () => T, keysOf: (row: T) => string[]): T[] {
  const rows: T[] = []
  for (let tries = 0; rows.length < count; tries++) {
    if (tries > 50 * count) throw new RangeError(`Only ${rows.length} of ${count} distinct rows can be drawn`)
    const row = draw()
    const keys = keysOf(row)
    if (keys.some((key) => taken.has(key))) continue
    for (const key of keys) taken.add(key)
    rows.push(row)
  }
  return rows
}
