/** How many letters of each script a text has, by Unicode's names; letters of no script named here count as `other`. */
export function writingOf(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const [letter] of text.matchAll(/\p{L}/gu)) {
    const name = scripts.find(([, pattern]) => pattern.test(letter))?.[0] ?? 'other'
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

/** Scripts in use for texts of today, the frequent ones first. */
const scripts = [
  'Latin',
  'Han',
  'Cyrillic',
  'Arabic',
  'Devanagari',
  'Hiragana',
  'Katakana',
  'Hangul',
  'Greek',
  'Hebrew',
  'Thai',
  'Bengali',
  'Tamil',
  'Telugu',
  'Gujarati',
  'Gurmukhi',
  'Kannada',
  'Malayalam',
  'Sinhala',
  'Oriya',
  'Georgian',
  'Armenian',
  'Ethiopic',
  'Khmer',
  'Lao',
  'Myanmar',
  'Tibetan',
  'Mongolian',
].map((name): readonly [string, RegExp] => [name, new RegExp(`\\p{Script=${name}}`, 'u')])
