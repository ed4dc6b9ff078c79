import { Fault } from '../../base/fault.ts'
import { memoryBytes, memorySizeWords } from '../../lesson/memory-size.ts'
import type { Example } from '../../model/family.ts'
import type { PassBound } from '../../model/fitting-passes.ts'
import type { LessonMemory } from './lesson-memory.ts'

/** The bound that a lesson is given. @throws {Fault} as {@link MemoryBound}, and on a text that is no size */
export function memoryBoundOf(
  memory: string | undefined,
  made: () => LessonMemory,
  rows: readonly ExampleRows[],
): MemoryBound | undefined {
  if (memory === undefined) return undefined
  const bytes = memoryBytes(memory)
  if (bytes === undefined)
    throw new Fault(`Cannot use ${JSON.stringify(memory)} as "memory": expected ${memorySizeWords}`)
  return new MemoryBound(made(), bytes, examplesOf(rows))
}

/** Examples as a lesson reads them. */
interface ExampleRows {
  readonly count: number
  at(example: number, epoch: number): Example
}

function* examplesOf(rows: readonly ExampleRows[]): Generator<Example> {
  for (const examples of rows) for (let at = 0; at < examples.count; at++) yield examples.at(at, 0)
}

/** A lesson's bound: which examples fit into one pass. */
export class MemoryBound implements PassBound {
  readonly #memory: LessonMemory
  readonly #bytes: number

  /** @throws {Fault} that says the least possible, where not even the largest of the examples fits by itself */
  constructor(memory: LessonMemory, bytes: number, examples: Iterable<Example>) {
    this.#memory = memory
    this.#bytes = bytes
    let least = memory.heldBytes
    for (const example of largest(examples)) least = Math.max(least, memory.during([example]))
    if (least > bytes) throw tooLittle(bytes, least)
  }

  fits(examples: readonly Example[]): boolean {
    return this.#memory.during(examples) <= this.#bytes
  }
}

/** Those examples that no other is at least as long as on both sides: others take less. */
function largest(examples: Iterable<Example>): readonly Example[] {
  const longest = new Map<number, Example>()
  for (const example of examples) {
    const { source, target } = example
    if ((longest.get(source.length)?.target.length ?? 0) < target.length) longest.set(source.length, example)
  }
  let most = 0
  return [...longest.values()]
    .sort((a, b) => b.source.length - a.source.length)
    .filter(({ target }) => {
      const isLonger = target.length > most
      most = Math.max(most, target.length)
      return isLonger
    })
}

function tooLittle(bytes: number, least: number): Fault {
  return new Fault(
    `Cannot teach within ${megabytes(bytes)} of memory as this lesson takes ${megabytes(least)} even with one example at a time: ` +
      'give "memory" at least that, limit the lengths more, or take a smaller model',
  )
}

/** Rounded up, so that what is told is enough. */
function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${bytes} bytes` : `${Math.ceil(bytes / 1e6)}MB`
}
