import { type Command, Option } from 'commander'
import stringWidth from 'string-width'
import { Fault, UsageFault } from '../../base/fault.ts'
import { parallelFilesOf } from '../../data/formats/parallel-text.ts'
import { stringifyJson } from '../../data/source/json-value.ts'
import { textOf } from '../../data/table/column.ts'
import { type LocatedRow, readRows, type TableSource } from '../../data/table/table.ts'
import { type TableFormat, tableFormats } from '../../data/table/table-format.ts'
import type { HubListeners } from '../../hub/listeners.ts'
import { spoolPipes } from '../input/spool-pipes.ts'
import { onlyWith } from '../options/only-with.ts'
import { repoName, revisionName, textEncoding, wholeNumber, withChoices } from '../options/option-values.ts'
import { parseWhereOptions } from '../options/where-option.ts'
import { cutText } from '../print/fit/cut-text.ts'
import { flagWords, inFlagWords } from '../print/flag-words.ts'
import { terminalWidth } from '../print/terminal-width.ts'
import { whileFetching } from '../print/while-fetching.ts'
import { writeOutput } from '../print/write-output.ts'

interface RowsFlags {
  readonly take?: number
  readonly where: readonly string[]
  readonly distinct?: readonly string[] | true
  readonly format?: TableFormat
  readonly encoding?: string
  readonly delimiter?: string
  readonly quote?: string
  readonly header?: boolean
  readonly columns?: readonly string[]
  readonly entry?: string
  readonly at?: string
  readonly split?: string
  readonly config?: string
  readonly hub?: string
  readonly revision?: string
  readonly json?: boolean
}

/** Rows that are shown to people when they do not say how many. */
const shownRows = 10

/** `reteach rows`: the rows of any file, as the reader sees them. */
export function addRowsCommand(program: Command): void {
  program
    .command('rows')
    .description('Print the rows of a data file, as a study would read them')
    .argument(
      '[file...]',
      'a file, folder or pipe (- is standard input); several are read in turn, x.en and x.zh line by line',
    )
    .option('--hub <owner/name>', 'a data set on the hub instead of a file', repoName)
    .addOption(
      onlyWith(
        '--hub',
        new Option('--revision <name>', 'its branch, tag or commit (default: main)').argParser(revisionName),
      ),
    )
    .option('--take <n>', `at most so many rows (default: all with --json, else ${shownRows})`, wholeNumber(1))
    .option('--where <test>', 'only rows that pass; may be given several times', append, [])
    .option('--distinct [columns]', 'of equal rows (in these columns) only the first', names)
    .addOption(withChoices(new Option('--format <name>', 'instead of the one found out'), tableFormats))
    .option('--encoding <name>', 'text encoding, instead of the one found out', textEncoding)
    .option('--delimiter <text>', 'between cells, such as ";" or tab, instead of the one found out')
    .option('--quote <text>', 'round cells; empty if quotes are ordinary characters')
    .option('--header', 'the first row of a CSV file holds names')
    .option('--no-header', 'the first row of a CSV file holds data')
    .option('--columns <names>', 'names for the columns of a CSV file, separated by commas', names)
    .option('--entry <name>', 'the file to read in a zip archive')
    .option('--at <path>', 'the field of a JSON file that holds the rows')
    .option('--split <name>', 'the split to read of a folder or data set')
    .option('--config <name>', 'the configuration to read of a folder or data set')
    .option('--json', 'print JSONL')
    .addHelpText(
      'after',
      `
Format, encoding, delimiter, quotes and header are found out, also in .gz and .zip files.

Examples:
  $ reteach rows reviews.csv
  $ reteach rows arxiv-metadata-oai-snapshot.json --where "categories contains cs.AI" --take 3 --json
  $ zstd -dc pairs.jsonl.zst | reteach rows -
  $ reteach rows --hub owner/name --split test --take 3
  $ reteach rows pairs.tsv --columns en,zh --where "{ en: { longer: 20, not: { contains: Tom } } }" --json`,
    )
    .action(async (files: readonly string[], flags: RowsFlags) => {
      const { paths, told, remove } = await spoolPipes(files)
      try {
        await printRows(paths, flags, told)
      } catch (error) {
        const fault = inFlagWords(error)
        throw fault instanceof Fault ? fault.inWords(told(fault.message)) : fault
      } finally {
        remove()
      }
    })
}

async function printRows(
  files: readonly string[],
  flags: RowsFlags,
  told: (sentence: string) => string,
): Promise<void> {
  const notices = new Set<string>()
  const rows = await begun((listeners) => {
    const onNotice = (sentence: string): void => {
      if (!notices.has(sentence)) listeners.onNotice(`Note: ${told(flagWords(sentence))}`)
      notices.add(sentence)
    }
    return readRows(tableSource(files, flags), { onNotice, hub: { ...listeners, onNotice } })
  })
  await writeOutput(flags.json === true ? jsonLines(rows) : blocks(rows))
}

/** Rows of which the first is there, so that all is fetched: from then on Ctrl-C ends the command as it ends any other. */
async function begun(
  read: (listeners: Required<HubListeners>) => AsyncGenerator<LocatedRow>,
): Promise<AsyncIterable<LocatedRow>> {
  const { rows, first } = await whileFetching(async (listeners) => {
    const rows = read(listeners)
    return { rows, first: await rows.next() }
  })
  return (async function* () {
    if (first.done === true) return
    yield first.value
    yield* rows
  })()
}

function tableSource(files: readonly string[], flags: RowsFlags): TableSource {
  if (files.length > 0 === (flags.hub !== undefined)) {
    throw new UsageFault('Cannot tell what to read: name files, or a data set on the hub with --hub')
  }
  const { json, where, delimiter, header, take, ...reading } = flags
  const filter = parseWhereOptions(where)
  const joined = files.length > 1 && flags.format === undefined ? parallelFilesOf(files) : undefined
  return {
    ...(flags.hub !== undefined ? {} : files.length === 1 ? { file: files[0]! } : { files: joined ?? files }),
    ...reading,
    ...(take !== undefined ? { take } : json === true ? {} : { take: shownRows }),
    ...(filter !== undefined && { where: filter }),
    ...(header !== undefined && { header }),
    ...(delimiter !== undefined && { delimiter }),
  }
}

async function* jsonLines(rows: AsyncIterable<LocatedRow>): AsyncGenerator<string> {
  for await (const { row } of rows) yield `${stringifyJson(row)}\n`
}

/** One block a row, one line a value, cut to the terminal. */
async function* blocks(rows: AsyncIterable<LocatedRow>): AsyncGenerator<string> {
  const width = terminalWidth() ?? 120
  for await (const { row, place } of rows) {
    const line = place.line === undefined ? '' : ` (line ${place.line})`
    const entries = Object.entries(row)
    const indent = Math.min(24, Math.max(0, ...entries.map(([name]) => stringWidth(name))))
    const lines = entries.map(([name, value]) => {
      const text = typeof value === 'object' && value !== null ? stringifyJson(value) : textOf(value)
      const gap = ' '.repeat(Math.max(0, indent - stringWidth(name)))
      const line = text.replaceAll(/\s+/g, ' ')
      return `  ${name}${gap}  ${cutText(line, Math.max(20, width - Math.max(indent, stringWidth(name)) - 4))}`
    })
    yield `row ${place.row}${line}\n${lines.join('\n')}\n`
  }
}

function append(text: string, before: readonly string[]): readonly string[] {
  return [...before, text]
}

function names(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim())
}
