import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

const root = dirname(dirname(import.meta.dirname))
const fixtures = join(root, 'test/fixtures')

/** A folder's own SOURCE.md, or those of the folders in it. */
function sourcesOf(folder: string): string[] {
  if (existsSync(join(folder, 'SOURCE.md'))) return [join(folder, 'SOURCE.md')]
  return readdirSync(folder).map((name) => join(folder, name, 'SOURCE.md'))
}

it.each(readdirSync(fixtures))(
  'test/fixtures/%s says what made it: a script that is there, or that none does',
  (name) => {
    const sources = sourcesOf(join(fixtures, name))
    expect(sources).not.toEqual([])
    for (const source of sources) {
      const text = readFileSync(source, 'utf8')
      const scripts = Array.from(text.matchAll(/scripts\/[\w./-]+\.(?:py|mjs|ts)/gu), ([path]) => path)
      if (scripts.length === 0) expect(text, source).toContain('No script makes')
      for (const script of scripts) expect(existsSync(join(root, script)), `${script} in ${source}`).toBe(true)
    }
  },
)

/** What else makers write. */
const otherWork = [
  'src/metrics/text/unicode-classes.ts',
  'src/prove/golden-numbers.ts',
  'examples/miniature/README.md',
  'examples/real/study.yaml',
]

it('every maker is named beside what it makes', () => {
  const sources = readdirSync(fixtures).flatMap((name) => sourcesOf(join(fixtures, name)))
  const others = otherWork.map((path) => join(root, path))
  const text = [...sources, ...others].map((path) => readFileSync(path, 'utf8')).join('\n')
  const makers = readdirSync(join(root, 'scripts/goldens')).filter((name) => /\.(?:py|ts)$/u.test(name))
  expect(makers.filter((maker) => !text.includes(`scripts/goldens/${maker}`))).toEqual([])
})
