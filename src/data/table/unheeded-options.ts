import { Fault } from '../../base/fault.ts'
import type { TableFormatKind, TableOption } from '../formats/format.ts'

/** The options of a table that none of its files has heeded so far: what cannot apply was meant for something else. */
export class UnheededOptions {
  readonly #left: Set<TableOption>
  readonly #remedy: string

  /** @param source of a table; where it says its format, only the options can be at fault */
  constructor(source: Readonly<Partial<Record<TableOption | 'format', unknown>>>) {
    const { delimiter, quote, header, columns, at, encoding, format } = source
    this.#remedy = format === undefined ? ', or set format' : ''
    const given: Record<TableOption, unknown> = { delimiter, quote, header, columns, at, encoding }
    const names = Object.keys(given) as TableOption[]
    this.#left = new Set(names.filter((name) => given[name] !== undefined))
  }

  heed({ heeds }: Pick<TableFormatKind, 'heeds'>): void {
    for (const name of heeds) this.#left.delete(name)
  }

  /**
   * To be called once all that is read is known.
   *
   * @param last what is read last, and as which format
   * @throws {Fault} if an option is left
   */
  refuse({ name, format }: { readonly name: string; readonly format: string }): void {
    if (this.#left.size === 0) return
    const names = [...this.#left].join(', ')
    const it = this.#left.size === 1 ? 'it' : 'them'
    throw new Fault(`Cannot use ${names} with "${name}" as it is read as ${format}: leave ${it} out${this.#remedy}`)
  }
}
