import { basename, join, relative } from 'node:path'
import { Fault } from '../../base/fault.ts'
import { didYouMean } from '../../base/nearest.ts'
import { type Lack, missingColumns } from '../../data/table/missing-columns.ts'
import type { HubOptions } from '../../hub/snapshot.ts'
import type { CheckedStudy } from '../file/read-study.ts'
import type { StudyFault } from '../file/study-fault.ts'
import { asJson } from '../keys.ts'
import { type FileSource, type StudyTask, sourcesOf, type TaskTexts, type TemplateText } from '../study.ts'

/** A column that a task names, and where. */
export interface NamedColumn {
  readonly column: string
  /** The key under which it stands. */
  readonly key: string
  readonly at: readonly (string | number)[]
  readonly where: 'key' | 'value' | { readonly start: number; readonly length: number }
}

/** What was found in tables, by how they are read and the columns that were looked for. */
export type LookedTables = Map<string, ReturnType<typeof missingColumns>>

/**
 * One fault for every column that tasks name and their tables do not have. Heads of files and schemas are read, no more, but for
 * JSON whose first rows lack a column.
 *
 * @param wanted the tables to look into
 * @param looked what was found before, of tasks that read the same columns of the same table
 * @returns the faults in the order of the study's text
 */
export async function columnFaults(
  { faultAt }: CheckedStudy,
  tasks: readonly StudyTask[],
  wanted: (source: FileSource) => boolean,
  hub: HubOptions = {},
  looked: LookedTables = new Map(),
): Promise<StudyFault[]> {
  const faults: StudyFault[] = []
  for (const task of tasks) {
    for (const source of sourcesOf(task).filter(wanted)) {
      const named = namedColumns(task, source)
      const columns = [...new Set(named.map(({ column }) => column))]
      const missing = await lookOnce(source, columns, hub, looked)
      for (const { column, key, at, where } of named) {
        const lack = missing.get(column)
        if (lack !== undefined) faults.push(faultAt(at, sentence(column, key, source, lack), where))
      }
    }
  }
  return inTextOrder(faults)
}

/** Each once: two files may lack the same column. */
export function inTextOrder(faults: readonly StudyFault[]): StudyFault[] {
  const told = new Map(faults.map((fault) => [`${fault.line}:${fault.column} ${fault.message}`, fault]))
  return [...told.values()].toSorted((a, b) => a.line - b.line || a.column - b.column)
}

function sentence(column: string, key: string, source: FileSource, { file, found }: Lack): string {
  const has = found.length === 0 ? 'none' : found.slice(0, 30).map(quoted).join(', ')
  const more = found.length > 30 ? ` and ${found.length - 30} more` : ''
  const hint = otherDelimiter(column, found) || didYouMean(column, found) || `: name one of them under "${key}"`
  return `Cannot find column "${column}" in ${nameOf(source, file)}, which has ${has}${more}${hint}`
}

/** A first row that another delimiter would divide into the column and others. */
function otherDelimiter(column: string, [only, ...others]: readonly string[]): string {
  if (only === undefined || others.length > 0) return ''
  const found = [',', ';', '\t', '|'].find((delimiter) => only.split(delimiter).some((name) => name.trim() === column))
  return found === undefined || only.trim() === column
    ? ''
    : `: write ${JSON.stringify(found)} under "delimiter", or leave that out`
}

function lookOnce(
  { table }: FileSource,
  columns: readonly string[],
  hub: HubOptions,
  looked: LookedTables,
): ReturnType<typeof missingColumns> {
  const question = JSON.stringify(asJson({ table, columns }))
  const answer = looked.get(question) ?? lookFor(table, columns, hub)
  looked.set(question, answer)
  return answer
}

/** What cannot be read is a fault of its own, where its rows are read. */
async function lookFor(
  table: FileSource['table'],
  columns: readonly string[],
  hub: HubOptions,
): ReturnType<typeof missingColumns> {
  try {
    return await missingColumns(table, columns, { hub })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return new Map()
  }
}

function namedColumns({ name, texts, data }: StudyTask, source: FileSource): NamedColumn[] {
  const at = ['tasks', name] as const
  const divided = (['group', 'stratify'] as const).flatMap((key) => {
    const column = data.split[key]
    return typeof column !== 'string' || source !== data.rows ? [] : [value(column, key, [...at, 'data', 'split', key])]
  })
  return [...choosingColumns(source), ...divided, ...ofTexts(texts, at)]
}

/** The columns by which rows of a table are chosen. */
export function choosingColumns(source: FileSource): NamedColumn[] {
  const { where = {}, distinct } = source.table
  return [
    ...Object.keys(where).map((column) => ({
      ...value(column, 'where', [...source.at, 'where', column]),
      where: 'key' as const,
    })),
    ...(Array.isArray(distinct) ? (distinct as string[]) : []).map((column, index) =>
      value(column, 'distinct', [...source.at, 'distinct', index]),
    ),
  ]
}

/** A column that is the whole value at a place. */
function value(column: string, key: string, at: NamedColumn['at']): NamedColumn {
  return { column, key, at, where: 'value' }
}

function ofTexts(texts: TaskTexts, at: NamedColumn['at']): NamedColumn[] {
  if (texts.kind === 'spans') return ofTemplate(texts.text, 'text', at)
  const source = ofTemplate(texts.source, 'source', at)
  if (texts.kind === 'text') return [...source, ...ofTemplate(texts.target, 'target', at)]
  const { cells } = texts
  if ('column' in cells) return [...source, value(cells.column, 'labels.column', [...at, 'labels', 'column'])]
  return [
    ...source,
    ...cells.columns.map((column, index) => value(column, 'labels.columns', [...at, 'labels', 'columns', index])),
  ]
}

/** Each column of a template where it stands in it. */
function ofTemplate({ written, template }: TemplateText, key: string, task: NamedColumn['at']): NamedColumn[] {
  let from = 0
  return template.paths.map((column) => {
    const start = written.indexOf(column, from)
    from = start + column.length
    return { column, key, at: [...task, key], where: { start, length: column.length } }
  })
}

/** @param file the one that is meant, of several */
function nameOf({ paths, table }: FileSource, file: string | undefined): string {
  if (file !== undefined) {
    const place = paths.find(({ path }) => !relative(path, file).startsWith('..'))
    return quoted(place === undefined ? basename(file) : join(place.written, relative(place.path, file)))
  }
  const [first, ...others] = paths.map(({ written }) => written)
  return `${quoted(first ?? table.hub ?? '')}${others.length === 0 ? '' : ` and ${others.length} more`}`
}

function quoted(text: string): string {
  return `"${text}"`
}
