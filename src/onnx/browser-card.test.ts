import { describe, expect, test } from 'vitest'
import { browserCard, browserExample } from './browser-card.ts'

const example = browserExample('title "1": ', true)
const python =
  '```python\nfrom transformers import AutoTokenizer\n\nprint(1)\n```\n\n```sh\nreteach predict --model DIR\n```'

describe('browserCard()', () => {
  test('puts JavaScript in the place of Python, and names transformers.js', () => {
    const card = `---\nlibrary_name: transformers\ntags: [reteach]\n---\n\n# m\n\n${python}\n\nThe end.\n`
    expect(browserCard(card, example)).toBe(
      `---\nlibrary_name: transformers.js\ntags: [reteach]\n---\n\n# m\n\n${example}\n\nThe end.\n`,
    )
    expect(example).toContain('await tokenizer("title \\"1\\": …")')
  })

  test.each([
    [
      '---\r\nlicense: mit\r\n---\r\n# Ours\r\n',
      /^---\r\nlibrary_name: transformers\.js\nlicense: mit\r\n---\r\n# Ours\n/u,
    ],
    ['---\nlibrary_name: "transformers"\n---\n', /^---\nlibrary_name: transformers\.js\n---\n/u],
    ['---\n---\n# Ours', /^---\nlibrary_name: transformers\.js\n---\n# Ours\n/u],
    ['# Ours $& $1', /^---\nlibrary_name: transformers\.js\n---\n\n# Ours \$& \$1\n/u],
  ])('keeps what others have written in %j, and adds the example', (card, wanted) => {
    const made = browserCard(card, example)
    expect(made).toMatch(wanted)
    expect(made.endsWith(`## With transformers.js\n\n${example}\n`)).toBe(true)
  })

  test('gives ByT5 no tokenizer', () => {
    expect(browserExample('', false)).toMatch(/bytes \+ 3/u)
    expect(browserExample('', false)).not.toContain('AutoTokenizer')
  })
})
