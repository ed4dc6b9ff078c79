import { join } from 'node:path'
import { writeFileAtomic } from '../base/atomic-file.ts'
import type { Figure } from '../report/figures/figure.ts'
import { figureCsv } from '../report/figures/figure-csv.ts'
import { figureSvg } from '../report/figures/figure-svg.ts'

/** A figure's files in a folder. */
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
    const [svg, csv] = [join(folder, `${name}.svg`), join(folder, `${name}.csv`)]
    writeFileAtomic(svg, figureSvg(figure))
    writeFileAtomic(csv, figureCsv(figure.data))
    return { name, kind, title, svg, csv }
  })
}
