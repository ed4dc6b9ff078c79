import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { parse as parseCsv } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { readAllJsonLines, writeJsonLines } from '../../src/base/json-lines.ts'
import { stylesFor, writtenStyles } from '../../src/cli/print/own-styles.ts'
import { studyDefaults } from '../../src/lesson/teach-settings.ts'
import type { Figure } from '../../src/report/charts/figure.ts'
import { figurePdf } from '../../src/report/charts/figure-pdf.ts'
import { figureSvg } from '../../src/report/charts/figure-svg.ts'
import { seriesStyle } from '../../src/report/charts/series-style.ts'
import { latexTable } from '../../src/report/tables/latex-table.ts'
import type { TaskTable } from '../../src/report/tables/task-table.ts'
import { csvLines } from '../../src/report/words/csv-cell.ts'
import { markdownCells } from '../../src/report/words/markdown-cells.ts'
import { markdownText } from '../../src/report/words/markdown-text.ts'
import { type CardSubject, modelCard } from '../../src/use/model-card.ts'
import { hostileTexts } from '../rig/hostile-texts.ts'

const styles = stylesFor(true)

const esc = '\u001b'
const ownStyles = new RegExp(`^(?:${esc}\\[(?:1|31)m)*|(?:${esc}\\[(?:22|39)m)*$`, 'gu')

/** Where texts of rows, labels, names and answers go. What is written for a text, and what must never stand in it. */
const sinks: Readonly<Record<string, { write(text: string): string | Promise<string>; obeyed: RegExp }>> = {
  'a terminal': {
    write: writtenStyles,
    obeyed: /[^\P{Cc}\n\t]|[\p{Bidi_Control}\u2028\u2029]/u,
  },
  'a terminal with colours': {
    // The program's own styles begin and end the line.
    write: (text) => writtenStyles(styles.bold(styles.red(text))).replace(ownStyles, ''),
    obeyed: /[^\P{Cc}\n\t]|[\p{Bidi_Control}\u2028\u2029]/u,
  },
  'a CSV file': {
    write: (text) => (parseCsv(csvLines([[text, 'next']])) as string[][])[0]!.join('\u2063'),
    obeyed: /^\s*[=+\-@＝＋－＠]|^[\t\r\n]|[^\P{Cc}\r\n\t]|^(?!.*\u2063next$)/su,
  },
  Markdown: {
    write: (text) => `${markdownText(text)}\n${markdownCells([['a'], [text]])}`,
    obeyed:
      /<|[^\P{Cc}\n]|[\p{Bidi_Control}\u2028\u2029]|(?<![\\|\n-])[`*[\]]|^ {0,3}(?:[#>]|[-+] |~~~|\d+[.)] |--(?!:|-\|))|\n.*\n.*\n.*\n.*\n/mu,
  },
  LaTeX: {
    write: (text) => latexTable(tableOf(text), { minutes: false, marks: false }, 'tab:x'),
    obeyed: /[^\P{Cc}\n]|[\p{Bidi_Control}\u2028\u2029]|^[^%]*\\input/mu,
  },
  SVG: {
    write: (text) => figureSvg(figureOf(text)),
    obeyed: /<(?!\/?(?:circle|desc|g|path|rect|svg|text|title)[ >])|[^\P{Cc}\r\n\t]|[\p{Bidi_Control}]/u,
  },
  'a model card': {
    write: async (text) => modelCard(cardOf(text)),
    obeyed: /<(?!\/?$)|[^\P{Cc}\n]|[\p{Bidi_Control}\u2028\u2029]|^(?:# after|# heading|key: value|~~~)/mu,
  },
}

test.each(Object.entries(sinks))('%s shows what is hostile and does nothing else', async (_, { write, obeyed }) => {
  for (const text of hostileTexts) {
    const written = await write(text)
    expect(obeyed.exec(written)?.[0], `${JSON.stringify(text)} in ${JSON.stringify(written)}`).toBeUndefined()
  }
})

test('a PDF file shows what is hostile and does nothing else', async () => {
  const { objects, letters } = partsOf((await figurePdf(figureSvg(figureOf(...hostileTexts)))).bytes)
  expect(letters).toContain('<script>alert(1)</script>')
  expect([...letters].filter((letter) => letter < ' ' || letter === '\u007f')).toEqual([])
  expect(objects).not.toMatch(/\/(?:URI|JavaScript|JS|Launch|OpenAction)/u)
})

test('a model card says as YAML, Python and JSON what its texts are', async () => {
  for (const text of hostileTexts) {
    const card = await modelCard(cardOf(text))
    const [, header] = /^---\n([\s\S]*?)\n---\n/u.exec(card)!
    expect(parseYaml(header!)).toMatchObject({ base_model: text, tags: ['reteach'] })
    expect(JSON.parse(/tokenizer\((".*"), return_tensors/u.exec(card)![1]!)).toBe(`${text}…`)
    expect(card.split('\n```').length).toBe(5)
    expect(card.match(/^\| .* \| .* \| 0\.5000 \| 3 \| .* \|$/gmu)).toHaveLength(1)
  }
})

test('JSON lines hold every character, a row a line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-sinks-'))
  const file = join(folder, 'rows.jsonl')
  const rows = hostileTexts.map((text) => ({ [text]: text }))
  try {
    await writeJsonLines(file, rows)
    expect(await readAllJsonLines(file)).toEqual(rows)
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(rows.length + 1)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

function tableOf(text: string): TaskTable {
  const column = { name: text, metric: 'bleu', field: 'bleu', best: 100, signature: text } as const
  const row = {
    chain: text,
    seeds: [],
    missing: [1],
    mean: {},
    deviation: {},
    interval: {},
    health: [],
    prefixes: [],
    paper: {},
  }
  const lists = { floors: [], differences: [], warnings: [text], notes: [text] }
  return { task: 'x', title: text, examples: 3, columns: [column], rows: [row], ...lists } as unknown as TaskTable
}

function figureOf(...texts: readonly string[]): Figure {
  const [style, title] = [seriesStyle(1), texts.join(' ')]
  return {
    name: 'figure-1',
    kind: 'labels',
    title,
    panels: [{ kind: 'bars', title, what: title, bars: texts.map((name) => ({ name, value: 3 })) }],
    legend: texts.map((label) => ({ label, sample: 'line', style, missing: false })),
    notes: texts,
    data: { header: [], rows: [] },
  }
}

/** What is outside of a PDF's streams, and the letters that its pages show. */
function partsOf(bytes: Buffer): { objects: string; letters: string } {
  const parts = bytes.toString('latin1').split(/stream\r?\n|\r?\nendstream/u)
  const pages = parts.filter((_, index) => index % 2 === 1).map((page) => inflateSync(Buffer.from(page, 'latin1')))
  const words = pages.join('').matchAll(/<([0-9a-f]+)>/giu)
  return {
    objects: parts.filter((_, index) => index % 2 === 0).join(' '),
    letters: Array.from(words, ([, hex]) => Buffer.from(hex!, 'hex').toString('latin1')).join(''),
  }
}

/** A card whose every text is the same. */
function cardOf(text: string): CardSubject {
  const step = {
    kind: 'teach',
    key: 'k',
    taught: text,
    data: 'd',
    seed: 1,
    start: { kind: 'hub' },
    settings: studyDefaults,
  }
  const start = { kind: 'hub', hub: text, revision: text }
  const scores = {
    metrics: [{ fields: ['f'], metric: text, name: text, scores: { f: 0.5 }, signature: text }],
    examples: 3,
  }
  const store = {
    modelFolder: () => '',
    result: (kind: string) =>
      kind === 'teach'
        ? { weightsSha256: 'w', seconds: 60, steps: 2, best: { step: 1, value: 1 } }
        : { rows: { train: 3 } },
    isDone: () => true,
    scores: () => scores,
  }
  const labels = { classes: [text], answer: { separator: text, none: text, lowercase: false } }
  return {
    plan: { steps: new Map(), study: { name: text } },
    store,
    checkpoint: { step, names: [text], seeds: [1], chain: { start }, tests: [{ task: text, key: 'e' }] },
    task: { name: text, prefix: text, limits: { source: 8 }, texts: { kind: 'labels', single: false, labels } },
    calibration: undefined,
  } as unknown as CardSubject
}
