import type PDFDocument from 'pdfkit'
import { withoutMarks } from '../words/keep-arrows.ts'

type Document = InstanceType<typeof PDFDocument>

/** A font in a file; `name` is the PostScript name of one in a collection. */
export interface FontFile {
  readonly path: string
  readonly name?: string
}

export interface FigurePdf {
  readonly bytes: Buffer
  /** Letters that no font at hand has; a question mark stands in their place. */
  readonly missing: readonly string[]
}

/**
 * Draws a figure's SVG as a PDF of one page: vectors, and text that can be selected. Helvetica, which every reader has, writes what
 * it can; `font` is embedded for the other letters. The same SVG and font give the same bytes.
 *
 * @param svg as `figureSvg` makes it: its elements alone are known here
 * @throws what pdfkit throws when the file holds no font
 */
export async function figurePdf(svg: string, font?: FontFile): Promise<FigurePdf> {
  // It takes a moment to load, and most commands need none of it.
  const { default: Pdf } = await import('pdfkit')
  const elements = elementsOf(svg)
  const { width, height } = numbersOf(elements[0]!.attributes)
  const title = elements.find(({ tag }) => tag === 'title')?.text ?? ''
  const document = new Pdf({
    size: [width!, height!],
    margin: 0,
    // The time would make other bytes of the same figure.
    info: { Title: title, CreationDate: new Date(0) },
  })
  const chunks: Buffer[] = []
  document.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new Promise((resolve) => document.on('end', resolve))
  const writer = new TextWriter(document, font)
  for (const element of elements.slice(1, -1)) drawElement(document, element, writer)
  document.end()
  await ended
  return { bytes: Buffer.concat(chunks), missing: [...writer.missing] }
}

/** Letters of a figure's SVG that Helvetica lacks, each once. */
export function foreignLetters(svg: string): string[] {
  const texts = elementsOf(svg).flatMap(({ tag, text }) => (tag === 'text' ? [text] : []))
  return [...new Set([...texts.join('')].filter((letter) => !inHelvetica.test(letter)))]
}

/** What the encoding of PDF's own fonts has: that of Windows for Western Europe. */
const inHelvetica =
  /^[\u0020-\u007e\u00a0-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]$/u

interface Element {
  /** `/g` closes a group. */
  readonly tag: string
  readonly attributes: Readonly<Record<string, string>>
  readonly text: string
}

function elementsOf(svg: string): Element[] {
  return Array.from(
    svg.matchAll(/<(\/?\w+)((?:\s+[\w:-]+="[^"]*")*)\s*\/?>([^<]*)/gu),
    ([, tag, attributes, text]) => ({
      tag: tag!,
      attributes: Object.fromEntries(
        Array.from(attributes!.matchAll(/([\w:-]+)="([^"]*)"/gu), ([, name, value]) => [name!, unescapeXml(value!)]),
      ),
      text: withoutMarks(unescapeXml(text!)),
    }),
  )
}

function unescapeXml(text: string): string {
  const signs: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
  return text.replace(/&(amp|lt|gt|quot|#39);/gu, (_, name: string) => signs[name]!)
}

function numbersOf(attributes: Element['attributes']): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, Number(value)]))
}

function drawElement(document: Document, element: Element, writer: TextWriter): void {
  const { tag, attributes } = element
  const { x = 0, y = 0, width, height, cx, cy, r } = numbersOf(attributes)
  switch (tag) {
    case 'g':
      document.save()
      transform(document, attributes.transform)
      break
    case 'svg':
      enterWindow(document, attributes)
      break
    case '/g':
    case '/svg':
      document.restore()
      break
    case 'rect':
      paint(document.rect(x, y, width!, height!), attributes)
      break
    case 'circle':
      paint(document.circle(cx!, cy!, r!), attributes)
      break
    case 'path':
      paint(document.path(attributes.d!), attributes)
      break
    case 'text':
      writer.write(element)
  }
}

/** An image within the image: what lies outside of it is not drawn. */
function enterWindow(document: Document, attributes: Element['attributes']): void {
  const { x = 0, y = 0, width, height } = numbersOf(attributes)
  const [left = 0, top = 0] = (attributes.viewBox ?? '').split(' ').map(Number)
  document.save()
  document.rect(x, y, width!, height!).clip()
  document.translate(x - left, y - top)
}

function transform(document: Document, text = ''): void {
  for (const [, name, values] of text.matchAll(/(\w+)\(([^)]*)\)/gu)) {
    const [a = 0, b = 0, c = 0] = values!.split(/[\s,]+/u).map(Number)
    if (name === 'translate') document.translate(a, b)
    else if (name === 'rotate') document.rotate(a, { origin: [b, c] })
  }
}

/** As SVG has it: filled in black where nothing is said, unless there is a stroke alone. */
function paint(document: Document, attributes: Element['attributes']): void {
  const { stroke, fill = stroke === undefined ? '#000000' : 'none' } = attributes
  document.fillOpacity(Number(attributes['fill-opacity'] ?? attributes.opacity ?? 1))
  document.strokeOpacity(Number(attributes['stroke-opacity'] ?? attributes.opacity ?? 1))
  document.lineWidth(Number(attributes['stroke-width'] ?? 1))
  document.lineJoin((attributes['stroke-linejoin'] ?? 'miter') as 'miter' | 'round' | 'bevel')
  document.lineCap((attributes['stroke-linecap'] ?? 'butt') as 'butt' | 'round' | 'square')
  const dashes = attributes['stroke-dasharray']?.split(/[\s,]+/u).map(Number)
  if (dashes === undefined) document.undash()
  else document.dash(dashes[0]!, { space: dashes[1] ?? dashes[0]! })
  if (fill !== 'none' && stroke !== undefined) document.fillAndStroke(fill, stroke)
  else if (stroke !== undefined) document.stroke(stroke)
  else document.fill(fill)
}

/** Letters that one font writes. */
interface Run {
  readonly font: string
  text: string
}

/** Writes lines of text, each run of letters in the font that has them. */
class TextWriter {
  readonly missing = new Set<string>()
  readonly #document: Document
  readonly #hasLetter: (letter: string) => boolean

  constructor(document: Document, font: FontFile | undefined) {
    this.#document = document
    this.#hasLetter = font === undefined ? () => false : embed(document, font)
  }

  write({ attributes, text }: Element): void {
    const document = this.#document
    const { x = 0, y = 0, 'font-size': size = 12 } = numbersOf(attributes)
    const runs = this.#runsOf(text, attributes['font-weight'] === '700' ? 'Helvetica-Bold' : 'Helvetica')
    const widths = runs.map((run) => document.font(run.font, size).widthOfString(run.text))
    const whole = widths.reduce((sum, width) => sum + width, 0)
    const anchor = attributes['text-anchor']
    let at = anchor === 'end' ? x - whole : anchor === 'middle' ? x - whole / 2 : x
    document.save()
    transform(document, attributes.transform)
    document.fillOpacity(1)
    for (const [index, run] of runs.entries()) {
      document.font(run.font, size).fillColor(attributes.fill ?? '#000000')
      document.text(run.text, at, y, { baseline: 'alphabetic', lineBreak: false })
      at += widths[index]!
    }
    document.restore()
  }

  #runsOf(text: string, own: string): Run[] {
    const runs: Run[] = []
    for (const letter of text) {
      const isOwn = inHelvetica.test(letter)
      const isForeign = !isOwn && this.#hasLetter(letter)
      if (!isOwn && !isForeign && letter !== '→') this.missing.add(letter)
      const font = isForeign ? embedded : own
      const shown = isOwn || isForeign ? letter : letter === '→' ? '->' : '?'
      const last = runs.at(-1)
      if (last?.font === font) last.text += shown
      else runs.push({ font, text: shown })
    }
    return runs
  }
}

const embedded = 'embedded'

/** @returns whether the font has a letter */
function embed(document: Document, { path, name }: FontFile): (letter: string) => boolean {
  document.registerFont(embedded, path, name)
  // pdfkit's type does not show the font that fontkit has opened.
  const { font } = (document.font(embedded) as unknown as { _font: { font: FontkitFont } })._font
  return (letter) => font.hasGlyphForCodePoint(letter.codePointAt(0)!)
}

interface FontkitFont {
  hasGlyphForCodePoint(codePoint: number): boolean
}
