import { expect, it } from 'vitest'
import { graphemeEnd } from './graphemes.ts'

/** Clusters by the rule of Unicode Standard Annex 29 that they show; U+007C parts them. */
const rules: Record<string, string[]> = {
  'GB3, GB4, GB5': ['\r\n|\n|\r|a|\u0001|\u0301', '\u200b|\u0301|a\u0301|\r'],
  'GB6, GB7, GB8': [
    '\u1100\u1161\u11a8|\u1100\uac00\u11a8|\uac01\u11a8|\u1161\u1161|\uac01|\u1161',
    '\u11a8|\u1161\u11a8|a|\u1161',
  ],
  'GB9, GB9a': ['a\u0300\u0301|b\u200d\u093f|c\u0903|d\u200c|e\ufe0f'],
  GB9b: ['\u0600a|\u0600\u0301|\u0600\u06001|a|\u0600|\n'],
  GB9c: [
    '\u0915\u094d\u0937|\u0915\u094d\u200d\u0937|\u0915\u094d\u200c|\u0937|a\u094d|\u0937|\u0915\u093c\u094d\u0937\u0301',
  ],
  GB11: ['👩\u200d👧|👩\u0301\u200d👧\u200d👦|a\u200d|👧|👩\u200d\u0301|👧|👩\u200d\u200d|👧|©\u200d®'],
  'GB12, GB13': ['🇩🇪|🇫🇷|🇩|a|🇩\u0301|🇪🇩', '\u0600🇩🇪|🇫'],
}

for (const [name, texts] of Object.entries(rules)) {
  it(`graphemeEnd() follows ${name}`, () => {
    for (const text of texts) {
      const clusters = text.split('|')
      const joined = clusters.join('')
      const found: string[] = []
      for (let at = 0; at < joined.length; ) {
        const end = graphemeEnd(joined, at)
        found.push(joined.slice(at, end))
        at = end
      }
      expect(found).toEqual(clusters)
    }
  })
}
