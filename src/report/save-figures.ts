import { join } from 'node:path'
import { readPlainFile, writeFileAtomic } from '../base/atomic-file.ts'
import { Fault } from '../base/fault.ts'
import type { NoticeListener } from '../base/notice.ts'
import type { Figure } from './charts/figure.ts'
import { figureCsv } from './charts/figure-csv.ts'
import { type FigurePdf, type FontFile, figurePdf, foreignLetters } from './charts/figure-pdf.ts'
import { figureSvg } from './charts/figure-svg.ts'
import { findFont } from './find-font.ts'
import { markdownText } from './words/markdown-text.ts'

/** A figure's files, named within their folder. */
export interface SavedFigure {
  readonly name: string
  readonly kind: Figure['kind']
  readonly title: string
  readonly svg: string
  readonly pdf: string
  readonly csv: string
}

export interface FigureOptions {
  /** Embedded in PDFs for letters that Helvetica lacks; default: one of the system that has them. */
  readonly font?: string
  /** Told of letters that no font has. */
  readonly onNotice: NoticeListener
}

/**
 * Writes each figure as SVG and PDF, and the numbers behind it as CSV.
 *
 * @throws {Fault} if the folder cannot be written, or the font not be read
 */
export async function saveFigures(
  figures: readonly Figure[],
  folder: string,
  options: FigureOptions,
): Promise<SavedFigure[]> {
  const drawn = figures.map((figure) => ({ figure, image: figureSvg(figure) }))
  const letters = [...new Set(drawn.flatMap(({ image }) => foreignLetters(image)))]
  const font = options.font === undefined ? await findFont(letters) : { path: options.font }
  const missing = new Set<string>()
  const saved: SavedFigure[] = []
  for (const { figure, image } of drawn) {
    const { name, kind, title } = figure
    const [svg, pdf, csv] = [`${name}.svg`, `${name}.pdf`, `${name}.csv`]
    writeChanged(join(folder, svg), image)
    const page = await drawPdf(image, font)
    for (const letter of page.missing) missing.add(letter)
    writeChanged(join(folder, pdf), page.bytes)
    writeChanged(join(folder, csv), figureCsv(figure.data))
    saved.push({ name, kind, title, svg, pdf, csv })
  }
  if (missing.size > 0) options.onNotice(missingSentence([...missing]))
  return saved
}

async function drawPdf(svg: string, font: FontFile | undefined): Promise<FigurePdf> {
  try {
    return await figurePdf(svg, font)
  } catch (error) {
    if (font === undefined) throw error
    // What cannot be drawn without the font either is not for the font to answer for.
    await figurePdf(svg, undefined)
    throw new Fault(`Cannot use "${font.path}" as a font: ${(error as Error).message}`, undefined, { cause: error })
  }
}

function missingSentence(letters: readonly string[]): string {
  const shown = letters.slice(0, 10).join(' ')
  const more = letters.length > 10 ? ` and ${letters.length - 10} more` : ''
  return `No font here has ${shown}${more}: question marks stand for them in the PDFs, unless "reteach figures --font FILE" names one that has`
}

/** Writing waits for the disk; a study that is finished draws what is there already. */
function writeChanged(path: string, content: string | Buffer): void {
  if (contentOf(path)?.equals(Buffer.from(content)) !== true) writeFileAtomic(path, content)
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readPlainFile(path)
  } catch {
    return undefined
  }
}

/** The figures as a section of a Markdown page that lies beside them. */
export function figureSection(figures: readonly SavedFigure[]): string {
  if (figures.length === 0) return ''
  const parts = figures.map(({ title, svg, pdf, csv }) => {
    const text = markdownText(title)
    return `![${text}](${encodeURI(svg)})\n\n${text}: [the numbers](${encodeURI(csv)}), [as PDF](${encodeURI(pdf)})\n`
  })
  return `## Figures\n\n${parts.join('\n')}`
}
