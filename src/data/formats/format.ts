import type { NoticeListener } from '../../base/notice.ts'
import type { OpenFile } from '../source/open-file.ts'
import type { RowBatches } from '../source/row.ts'

/** What a table's source says of how its files are read; a format looks at what concerns it. */
export interface FormatOptions {
  /** Between the cells of a CSV file; default: found by trying. */
  readonly delimiter?: string
  /** Round cells of a CSV file that hold delimiters; empty when quotes are ordinary characters. */
  readonly quote?: string
  /** Whether a CSV file's first row holds names; default: unless it looks like data or `columns` are given. */
  readonly header?: boolean
  /** Names for a CSV file's columns; the languages to join of the ALT corpus. */
  readonly columns?: readonly string[]
  /** Path of the list of rows inside a JSON file. */
  readonly at?: string
}

/** What of a table's source is heeded by some formats alone. */
export type TableOption = keyof FormatOptions | 'encoding'

/** A file that is to be read, and what goes with it. */
export interface FormatInput {
  readonly file: OpenFile
  /** The file's text, decoded as its source or its bytes say. */
  text(): AsyncGenerator<string>
  readonly options: FormatOptions
  readonly onNotice: NoticeListener
}

/** A column, or a part of one. */
export interface FormatColumn {
  /** Such as `translation.en`. */
  readonly path: string
  /** What is in it, such as the items of a list, is not told. */
  readonly isOpen: boolean
}

/**
 * A format of tables: all that the reader of tables knows of it. Rows are made by `rowMaker`, or of a parsed value by
 * `toRow`; a fault names the place of its row (`describePlace`). A format of several files has a folder.
 */
export interface TableFormatKind {
  /** As studies and flags name it. */
  readonly name: string
  /** Lower-case endings of file names that say it, as `.csv`: one dot, and no ending of another format. */
  readonly endings: readonly string[]
  /** What of a table's source it heeds: the rest is refused. */
  readonly heeds: readonly TableOption[]
  /** Whether a file's first bytes say it, whatever the ending. */
  beginsWith?(head: Buffer): boolean
  /**
   * Where a folder holds files of several formats, those of the lowest are read. Formats with types come first, then
   * records, cells, lines; the numbers go by tens, so that one fits between.
   */
  readonly preference: number
  /** Whether any text could be one: in an archive its files count only where there is no other table. */
  readonly isPlainText?: boolean
  /** Whether a row may leave out columns that others have, so that the first ones do not say all. */
  readonly isRagged?: boolean
  /** The columns, where a file says them apart from its rows and these are slow to read. */
  columns?(file: OpenFile): Promise<readonly FormatColumn[]>
  /** @throws {Fault} while reading, naming row or line, when the file is damaged */
  read(input: FormatInput): RowBatches
}
