import { InvalidArgumentError } from 'commander'
import { UsageFault } from '../../base/fault.ts'

/** A system's name and its files, one a seed. */
export interface NamedSystem {
  readonly name: string
  readonly files: readonly string[]
}

/** Collects every `--system NAME=FILE[,FILE…]`. */
export function systemOption(text: string, before: readonly NamedSystem[] = []): readonly NamedSystem[] {
  const at = text.indexOf('=')
  const name = text.slice(0, Math.max(0, at)).trim()
  const files = text
    .slice(at + 1)
    .split(',')
    .map((file) => file.trim())
  if (at === -1 || name === '' || files.includes('')) {
    throw new InvalidArgumentError('Wanted a name and its files, one a seed, such as fresh=a.jsonl,b.jsonl.')
  }
  return [...before, { name, files }]
}

/** @throws {UsageFault} unless there are two systems at least with names of their own */
export function checkSystems(systems: readonly NamedSystem[]): void {
  if (systems.length < 2) throw new UsageFault('Cannot compare one system: give --system at least twice')
  const names = systems.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) {
    throw new UsageFault(`Cannot compare two systems called "${twice}": give all files of one system in one --system`)
  }
  for (const { name, files } of systems) {
    const again = files.find((file, at) => files.indexOf(file) !== at)
    if (again !== undefined)
      throw new UsageFault(`Cannot take "${again}" for two seeds of "${name}": name each file once`)
  }
}
