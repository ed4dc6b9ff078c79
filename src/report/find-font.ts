import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import type { FontFile } from './charts/figure-pdf.ts'

/** Fonts of systems without fontconfig that have nearly every letter. */
const known: readonly FontFile[] = [
  { path: '/System/Library/Fonts/Supplemental/Arial Unicode.ttf' },
  { path: '/Library/Fonts/Arial Unicode.ttf' },
  { path: 'C:\\Windows\\Fonts\\msyh.ttc', name: 'MicrosoftYaHei' },
]

/** A font of this system that has all of the letters, or else those that are no arrows; `undefined`: there is none. */
export async function findFont(letters: readonly string[]): Promise<FontFile | undefined> {
  if (letters.length === 0) return undefined
  const wanted = [letters, letters.filter((letter) => !/\p{Sm}/u.test(letter))]
  for (const some of wanted.filter(({ length }) => length > 0)) {
    const found = await askFontconfig(some)
    if (found !== undefined) return found
  }
  return known.find(({ path }) => existsSync(path))
}

async function askFontconfig(letters: readonly string[]): Promise<FontFile | undefined> {
  const charset = letters.map((letter) => letter.codePointAt(0)!.toString(16)).join(' ')
  const format = '%{file}\t%{postscriptname}\t%{weight}\t%{slant}\t%{spacing}\n'
  try {
    const { stdout } = await promisify(execFile)('fc-list', ['-f', format, `:charset=${charset}`], { timeout: 10_000 })
    return chooseFont(stdout)
  } catch {
    // There is no fontconfig here.
    return undefined
  }
}

/** An upright one of usual weight, proportional where there is one; of several the first by name, which is always the same. */
function chooseFont(list: string): FontFile | undefined {
  const fonts = list.split('\n').flatMap((line) => {
    const [path, name, weight, slant, spacing] = line.split('\t')
    if (path === undefined || !/\.(?:ttf|otf|ttc|otc)$/iu.test(path)) return []
    const oddity = Math.abs(Number(weight) - 80) + Number(slant) + (Number(spacing) > 0 ? 1 : 0)
    return [{ path, name: name!, oddity }]
  })
  const [best] = fonts.toSorted((a, b) => a.oddity - b.oddity || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  if (best === undefined) return undefined
  return /c$/iu.test(best.path) ? { path: best.path, name: best.name } : { path: best.path }
}
