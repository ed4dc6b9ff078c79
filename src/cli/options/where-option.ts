import { parse as parseYaml } from 'yaml'
import { UsageFault } from '../../base/fault.ts'
import { parseWhere, type WhereFilter } from '../../data/table/where.ts'

const spoken = /^(.+?)\s+(not\s+)?(equals|contains|matches|longer|shorter)\s+(.*)$/s
const compared = /^(.+?)\s*(!?=)\s*(.*)$/s

/**
 * Reads `--where` options: `categories contains cs.AI`, `review not matches ^\s*$`, `city = Atlanta`, `stars != 3`, or
 * a filter as a study file has it, `{ title: { longer: 10 } }`. Several must all hold.
 *
 * @throws {UsageFault} naming the option that cannot be read
 */
export function parseWhereOptions(options: readonly string[]): WhereFilter | undefined {
  if (options.length === 0) return undefined
  const merged: Record<string, Record<string, unknown>> = {}
  for (const option of options) {
    for (const [column, test] of Object.entries(parseOption(option))) {
      const own = Object.hasOwn(merged, column) ? merged[column]! : {}
      const twice = Object.keys(test).find((name) => Object.hasOwn(own, name))
      if (twice !== undefined) {
        throw new UsageFault(
          `Cannot test column "${column}" with ${twice} twice: join the tests in one --where "{ … }"`,
        )
      }
      Object.defineProperty(merged, column, { value: { ...own, ...test }, enumerable: true, configurable: true })
    }
  }
  return merged
}

function parseOption(option: string): WhereFilter {
  const { filter, problems } = parseWhere(readOption(option))
  if (problems.length === 0) return filter
  const sentences = problems.map(({ path, message }) => [...path, message].join(': '))
  throw new UsageFault(`Cannot read --where "${option}": ${sentences.join('; ')}`)
}

function readOption(option: string): unknown {
  const text = option.trim()
  if (text.startsWith('{')) {
    try {
      return parseYaml(text)
    } catch (error) {
      throw new UsageFault(`Cannot read --where "${option}" as a filter: ${(error as Error).message.split('\n')[0]}`)
    }
  }
  const words = spoken.exec(text)
  if (words !== null) {
    const [, column, not, name, value] = words
    const test = { [name!]: name === 'longer' || name === 'shorter' ? Number(value) : value }
    return { [column!]: not === undefined ? test : { not: test } }
  }
  const comparison = compared.exec(text)
  if (comparison !== null) {
    const [, column, sign, value] = comparison
    return { [column!]: sign === '=' ? { equals: value } : { not: { equals: value } } }
  }
  throw new UsageFault(
    `Cannot read --where "${option}": write "COLUMN contains TEXT", or equals, matches, longer, shorter`,
  )
}
