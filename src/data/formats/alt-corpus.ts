import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../base/fault.ts'
import { readLines } from '../../base/lines.ts'
import { didYouMean } from '../../base/nearest.ts'
import type { NoticeListener } from '../../base/notice.ts'
import type { LocatedRow } from '../source/row.ts'
import { rowMaker } from '../source/row.ts'
import type { TableFormatKind } from './format.ts'

/** A folder, which is read as a whole: its files have no ending of their own. */
export const altFormat = {
  name: 'alt',
  endings: [],
  heeds: ['columns', 'encoding'],
  preference: 80,
  read: ({ file }) => {
    throw new Fault(`Cannot read "${file.name}" as the ALT corpus as it is inside an archive: unpack it`)
  },
} as const satisfies TableFormatKind

interface AltOptions {
  /** The languages to join; default: every one in the folder. */
  readonly languages?: readonly string[] | undefined
  /** Decodes a file of the corpus. */
  readonly text: (path: string) => AsyncIterable<string>
  readonly onNotice: NoticeListener
}

/** The lists of articles, with the names that splits have everywhere else. */
const urlLists = [
  { split: 'train', file: 'URL-train.txt' },
  { split: 'validation', file: 'URL-dev.txt' },
  { split: 'test', file: 'URL-test.txt' },
] as const

/** Whether a folder has the layout of the ALT corpus: `data_en.txt` and others beside `URL-train.txt`. */
export async function isAltFolder(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => [])
  return names.some((name) => languageOf(name) !== undefined) && urlLists.some(({ file }) => names.includes(file))
}

/**
 * Reads the ALT corpus (Asian Language Treebank) in the layout in which it is published: one file a language with
 * `SNT.<article>.<sentence>` TAB text, and lists of articles for each split.
 *
 * Rows are `{ id, url, split, <language>… }`, in the order of the first language's file. Sentences that lack a partner
 * are left out and counted in a notice.
 *
 * @throws {Fault} naming file and line that are not in the layout, or a language that is not there
 */
export async function* readAltCorpus(folder: string, options: AltOptions): AsyncGenerator<LocatedRow[]> {
  const names = (await readdir(folder)).sort()
  const present = names.map(languageOf).filter((language) => language !== undefined)
  const languages = options.languages ?? present
  for (const language of languages) {
    if (!present.includes(language)) {
      const hint = didYouMean(language, present) || `: it has ${present.map((name) => `"${name}"`).join(', ')}`
      throw new Fault(`Cannot find language "${language}" of the ALT corpus in "${folder}"${hint}`)
    }
  }
  const articles = await readArticles(folder, names, options)
  const sentences = new Map<string, Map<string, string>>()
  for (const language of languages) sentences.set(language, await readSentences(folder, language, options))
  const [first] = languages
  const file = join(folder, `data_${first}.txt`)
  const makeRow = rowMaker(['id', 'url', 'split', ...languages])
  const rows: LocatedRow[] = []
  const lacking = new Map(languages.map((language) => [language, 0]))
  const ids = new Set([...sentences.values()].flatMap((texts) => [...texts.keys()]))
  let leftOut = 0
  let unlisted = 0
  for (const id of ids) {
    const texts = languages.map((language) => sentences.get(language)!.get(id) ?? '')
    for (const [i, language] of languages.entries()) {
      if (texts[i] === '') lacking.set(language, lacking.get(language)! + 1)
    }
    if (texts.includes('')) {
      leftOut++
      continue
    }
    const article = articles.get(id.split('.')[1] ?? '')
    if (article === undefined) unlisted++
    rows.push({
      row: makeRow([id, article?.url ?? null, article?.split ?? null, ...texts]),
      place: { file, row: rows.length + 1 },
    })
  }
  if (leftOut > 0) {
    const parts = [...lacking].filter(([, count]) => count > 0).map(([language, count]) => `${count} in ${language}`)
    options.onNotice(
      `Left out ${leftOut} of ${ids.size} sentences of "${folder}" without a partner (${parts.join(', ')})`,
    )
  }
  if (unlisted > 0) options.onNotice(`${unlisted} sentences of "${folder}" belong to articles that no URL list has`)
  yield rows
}

function languageOf(name: string): string | undefined {
  return /^data_([a-z]{2,3})\.txt$/.exec(name)?.[1]
}

interface Article {
  readonly url: string
  readonly split: string
}

/** Article number → its address and split. */
async function readArticles(
  folder: string,
  names: readonly string[],
  { text }: AltOptions,
): Promise<Map<string, Article>> {
  const articles = new Map<string, Article>()
  for (const { split, file } of urlLists) {
    if (!names.includes(file)) continue
    for await (const { key, value } of keyedLines(join(folder, file), 'URL', text)) {
      articles.set(key.slice('URL.'.length), { url: value.split('\t')[0]!.trim(), split })
    }
  }
  return articles
}

/** Sentence id → text; empty texts count as absent. */
async function readSentences(
  folder: string,
  language: string,
  { text, onNotice }: AltOptions,
): Promise<Map<string, string>> {
  const path = join(folder, `data_${language}.txt`)
  const sentences = new Map<string, string>()
  let repeated = 0
  for await (const { key, value } of keyedLines(path, 'SNT', text)) {
    if (sentences.has(key)) repeated++
    else if (value.trim() !== '') sentences.set(key, value)
  }
  if (repeated > 0) onNotice(`Left out ${repeated} lines of "${path}" whose sentence id was there before`)
  return sentences
}

async function* keyedLines(
  path: string,
  prefix: string,
  text: AltOptions['text'],
): AsyncGenerator<{ key: string; value: string }> {
  for await (const { lines, first } of readLines(text(path), path)) {
    for (const [i, line] of lines.entries()) {
      if (line.trim() === '') continue
      const tab = line.indexOf('\t')
      const key = (tab === -1 ? line : line.slice(0, tab)).trim()
      if (!key.startsWith(`${prefix}.`)) {
        throw new Fault(
          `Cannot read line ${first + i} of "${path}" as the ALT corpus has it: expected ${prefix}.<number> and a tab, ` +
            `found "${key.slice(0, 40)}"`,
        )
      }
      yield { key, value: tab === -1 ? '' : line.slice(tab + 1) }
    }
  }
}
