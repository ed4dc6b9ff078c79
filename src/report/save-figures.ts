import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../base/atomic-file.ts'
import type { Figure } from './charts/figure.ts'
import { figureCsv } from './charts/figure-csv.ts'
import { figureSvg } from './charts/figure-svg.ts'

/** A figure's files, named within their folder. */
export interface SavedFigure {
  readonly name: string
  readonly kind: Figure['kind']
  readonly title: string
  readonly svg: string
  readonly csv: string
}

/** Writes each figure as SVG, and the numbers behind it as CSV. @throws {Fault} if the folder cannot be written */
export function saveFigures(figures: readonly Figure[], folder: string): SavedFigure[] {
  return figures.map((figure) => {
    const { name, kind, title } = figure
    const [svg, csv] = [`${name}.svg`, `${name}.csv`]
    writeChanged(join(folder, svg), figureSvg(figure))
    writeChanged(join(folder, csv), figureCsv(figure.data))
    return { name, kind, title, svg, csv }
  })
}

/** Writing waits for the disk; a study that is finished draws what is there already. */
function writeChanged(path: string, content: string): void {
  if (contentOf(path) !== content) writeFileAtomic(path, content)
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** The figures as a section of a Markdown page that lies beside them. */
export function figureSection(figures: readonly SavedFigure[]): string {
  if (figures.length === 0) return ''
  const parts = figures.map(({ title, svg, csv }) => {
    const text = title.replace(/[[\]\\`*_<>]/gu, (sign) => `\\${sign}`).replace(/\s+/gu, ' ')
    return `![${text}](${encodeURI(svg)})\n\n${text}: [the numbers](${encodeURI(csv)})\n`
  })
  return `## Figures\n\n${parts.join('\n')}`
}
