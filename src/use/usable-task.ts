import { extname } from 'node:path'
import type { FormatOptions } from '../data/formats/format.ts'
import type { TableSource } from '../data/table/table.ts'
import { type FileSource, type StudyTask, splitNames } from '../study/study.ts'

/** A task as far as a finished model needs it: how new rows are read, answered and scored. */
export interface UsableTask extends Omit<StudyTask, 'data'> {
  readonly reading: NewRowsReading
}

/** How files of new rows are read: as the rows were that were taught, where they are alike. */
export interface NewRowsReading extends Pick<TableSource, 'where'> {
  /** The ending of the taught file, without that of its packing. */
  readonly ending?: string
  /** For files of that ending. */
  readonly options?: FormatOptions & Pick<TableSource, 'encoding' | 'format'>
}

/** What is known of a study's task when it is done with new rows. */
export function usableTask({ data, ...task }: StudyTask): UsableTask {
  const { rows, parts } = data
  const source = rows ?? splitNames.toReversed().flatMap((part) => parts[part] ?? [])[0]
  return { ...task, reading: source === undefined ? {} : readingOf(source) }
}

function readingOf({ paths, table }: FileSource): NewRowsReading {
  const { where, delimiter, quote, header, columns, at, encoding, format } = table
  const options = { delimiter, quote, header, columns, at, encoding, format }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  return {
    ...(where === undefined ? {} : { where }),
    ...(paths.length === 1 ? { ending: endingOf(paths[0]!.path), options: given } : {}),
  }
}

/** `.csv` of `rows.csv.gz` */
export function endingOf(path: string): string {
  return extname(path.replace(/\.gz$/iu, '')).toLowerCase()
}
