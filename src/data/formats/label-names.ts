import { isObject } from '../../base/bounds/is-object.ts'
import { Fault } from '../../base/fault.ts'
import { describePlace, type LocatedRow } from '../source/row.ts'

/** Puts names in place of the numbers of a row. */
export type NameLabels = (row: LocatedRow) => LocatedRow

/**
 * Reads what Hugging Face `datasets` says of columns and makes of it a function that puts names in place of class
 * numbers (`ClassLabel`), also in lists and structs of any depth. -1 means that there is no label, and becomes null.
 *
 *   { topic: { _type: 'ClassLabel', names: ['Refund', 'Login'] } }    { topic: 1 } is { topic: 'Login' }
 *
 * @param features column → feature, as in `dataset_info.json`
 * @returns `undefined` when no column has names; features of other kinds are passed over
 * @throws {Fault} (the function) at a number that has no name
 */
export function labelNames(features: unknown): NameLabels | undefined {
  const columns = isObject(features) ? namedMembers(features) : []
  if (columns.length === 0) return undefined
  return ({ row, place }) => {
    const named: Record<string, unknown> = { ...row }
    for (const [column, convert] of columns) {
      if (!Object.hasOwn(row, column)) continue
      const wrong = (number: number, names: number): Fault =>
        new Fault(
          `Cannot read ${describePlace(place)} as its column "${column}" holds class ${number}, and the file names ${names} classes`,
        )
      Object.defineProperty(named, column, { ...plainProperty, value: convert(row[column], wrong) })
    }
    return { row: named, place }
  }
}

// Plain assignment would lose a column named `__proto__`.
const plainProperty = { enumerable: true, writable: true, configurable: true }

/** The features that the metadata of a Parquet or Arrow file holds under `huggingface`. */
export function carriedFeatures(metadata: string | undefined): unknown {
  if (metadata === undefined) return undefined
  try {
    const { info } = JSON.parse(metadata) as { info?: { features?: unknown } }
    return info?.features
  } catch {
    // What other programs write under this key says nothing of columns.
    return undefined
  }
}

type WrongNumber = (number: number, names: number) => Fault
type Convert = (value: unknown, wrong: WrongNumber) => unknown

function namedMembers(features: Readonly<Record<string, unknown>>): (readonly [string, Convert])[] {
  return Object.entries(features).flatMap(([name, feature]) => {
    const convert = converter(feature)
    return convert === undefined ? [] : [[name, convert] as const]
  })
}

const listKinds = new Set(['List', 'LargeList', 'Sequence'])

/** Lists are gone through whatever the feature says, as a sequence of structs is stored as a struct of lists. */
function converter(feature: unknown): Convert | undefined {
  if (Array.isArray(feature)) return feature.length === 1 ? converter(feature[0]) : undefined
  if (!isObject(feature)) return undefined
  const { _type: kind } = feature
  if (kind === 'ClassLabel') return Array.isArray(feature.names) ? ofItems(className(feature.names)) : undefined
  if (typeof kind === 'string') return listKinds.has(kind) ? converter(feature.feature) : undefined
  const members = namedMembers(feature)
  return members.length === 0 ? undefined : ofItems(memberNames(members))
}

function ofItems(convert: Convert): Convert {
  const ofAny: Convert = (value, wrong) =>
    Array.isArray(value) ? value.map((item) => ofAny(item, wrong)) : convert(value, wrong)
  return ofAny
}

function memberNames(members: readonly (readonly [string, Convert])[]): Convert {
  return (value, wrong) => {
    if (!isObject(value)) return value
    const named = members
      .filter(([name]) => Object.hasOwn(value, name))
      .map(([name, convert]) => [name, convert(value[name], wrong)])
    return { ...value, ...Object.fromEntries(named) }
  }
}

/** Text formats hold names, or the numbers as texts. */
function className(names: readonly unknown[]): Convert {
  return (value, wrong) => {
    const isText = typeof value === 'string'
    if (isText && (names.includes(value) || !/^-?\d{1,9}$/.test(value))) return value
    const number = isText ? Number(value) : value
    if (typeof number !== 'number' || !Number.isInteger(number)) return value
    if (number === -1) return null
    if (number < 0 || number >= names.length) throw wrong(number, names.length)
    return String(names[number])
  }
}
