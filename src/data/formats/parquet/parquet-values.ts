import { isUtf8 } from 'node:buffer'
import { type FileMetaData, parquetSchema, type SchemaElement, type SchemaTree } from 'hyparquet'
import { isListLike, isMapLike } from 'hyparquet/src/schema.js'
import type { Row } from '../../source/row.ts'
import type { FormatColumn } from '../format.ts'
import { decimalNumber, plainValue, timeText } from '../plain-value.ts'

/**
 * What is done to hyparquet's rows to make them ordinary ones.
 *
 * Decimals become the doubles nearest to them and times of day ISO texts, wherever they are nested. Bytes that are not marked as text stay bytes
 * in a file that Arrow wrote, which marks its texts; elsewhere they are texts where they are UTF-8, as old writers
 * marked none.
 */
export interface ParquetValues {
  /** The metadata to decode by: decimals stand there as the integers or bytes that they are stored as. */
  readonly metadata: FileMetaData
  plainRow(row: Readonly<Record<string, unknown>>): Row
}

/** Prepares the values of a file whose footer is checked. */
export function parquetValues(metadata: FileMetaData): ParquetValues {
  const hasMarks = metadata.key_value_metadata?.some(({ key }) => key === 'ARROW:schema') === true
  const columns = parquetSchema(metadata).children.map(
    (tree) => [tree.element.name, converter(tree, hasMarks)] as const,
  )
  return {
    metadata: { ...metadata, schema: metadata.schema.map(withoutDecimal) },
    plainRow: (row) => Object.fromEntries(columns.map(([name, convert]) => [name, convert(row[name])])),
  }
}

/** Columns and the members of structs; lists, maps and variants are open. */
export function parquetColumns(metadata: FileMetaData): FormatColumn[] {
  const columnsOf = (tree: SchemaTree, prefix: string): FormatColumn[] => {
    const path = prefix + tree.element.name
    const isOpen = isListLike(tree) || isMapLike(tree) || isRepeated(tree) || isVariant(tree)
    const members = isOpen ? [] : tree.children.flatMap((child) => columnsOf(child, `${path}.`))
    return [{ path, isOpen }, ...members]
  }
  return parquetSchema(metadata).children.flatMap((tree) => columnsOf(tree, ''))
}

function isRepeated({ element }: SchemaTree): boolean {
  return element.repetition_type === 'REPEATED'
}

/** hyparquet makes a value of any type of it, which its parts say nothing of. */
function isVariant({ element }: SchemaTree): boolean {
  return element.logical_type?.type === 'VARIANT'
}

function isDecimal({ converted_type, logical_type }: SchemaElement): boolean {
  return converted_type === 'DECIMAL' || logical_type?.type === 'DECIMAL'
}

function withoutDecimal(element: SchemaElement): SchemaElement {
  if (!isDecimal(element)) return element
  const { converted_type, logical_type, ...rest } = element
  return rest
}

type Convert = (value: unknown) => unknown

/** Lists of any depth are gone through item by item, so a list needs no rule of its own. */
function converter(tree: SchemaTree, hasMarks: boolean): Convert {
  const convert = converterOfItem(tree, hasMarks)
  if (convert === plainValue) return plainValue
  const ofItems: Convert = (value) => {
    if (value === null || value === undefined) return null
    return Array.isArray(value) ? value.map(ofItems) : convert(value)
  }
  return ofItems
}

function converterOfItem(tree: SchemaTree, hasMarks: boolean): Convert {
  const { element, children } = tree
  if (children.length === 0) return converterOfLeaf(element, hasMarks)
  if (isListLike(tree)) {
    const [repeated] = children
    return converter(repeated!.children.length === 1 ? repeated!.children[0]! : repeated!, hasMarks)
  }
  if (isMapLike(tree)) {
    const convert = converter(children[0]!.children[1]!, hasMarks)
    return convert === plainValue
      ? plainValue
      : (value) => Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, convert(inner)]))
  }
  if (isVariant(tree)) return plainValue
  const members = children.map((child) => [child.element.name, converter(child, hasMarks)] as const)
  if (members.every(([, convert]) => convert === plainValue)) return plainValue
  return (value) =>
    Object.fromEntries(members.map(([name, convert]) => [name, convert((value as Record<string, unknown>)[name])]))
}

function converterOfLeaf(element: SchemaElement, hasMarks: boolean): Convert {
  if (isDecimal(element)) {
    const scale = element.scale ?? 0
    return (value) => decimalNumber(integerOf(value), scale)
  }
  const unitsPerSecond = unitsOfTime(element)
  if (unitsPerSecond !== undefined) return (value) => timeText(value as number | bigint, unitsPerSecond)
  if (element.type !== 'BYTE_ARRAY' || hasMarks) return plainValue
  return (value) => (value instanceof Uint8Array && isUtf8(value) ? Buffer.from(value).toString('utf8') : value)
}

/** What a time of day counts, as units of a second; `undefined` for other types. */
function unitsOfTime({ converted_type, logical_type }: SchemaElement): number | undefined {
  if (logical_type?.type === 'TIME') return { MILLIS: 1e3, MICROS: 1e6, NANOS: 1e9 }[logical_type.unit]
  if (converted_type === 'TIME_MILLIS') return 1e3
  return converted_type === 'TIME_MICROS' ? 1e6 : undefined
}

/** A decimal's integer: a number, or two's complement bytes, the highest first. */
function integerOf(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint)
  let integer = 0n
  for (const byte of value) integer = (integer << 8n) | BigInt(byte)
  return BigInt.asIntN(8 * value.length, integer)
}
