import { isNestedDeeper } from '../../base/bounds/nesting.ts'
import { onOneLine } from '../../base/bounds/one-line.ts'
import { Fault } from '../../base/fault.ts'
import { wellFormed } from './utf8.ts'

/**
 * Parses a JSON file.
 *
 * @throws {Fault} naming the file when the text is no JSON
 */
export function parseJsonFile(text: string, origin: string): JsonNode {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    // The engine quotes what it found, line ends included.
    const reason = onOneLine((error as Error).message, 120)
    throw new Fault(`Cannot read "${origin}" as it is no JSON (${reason}): get the file again`, undefined, {
      cause: error,
    })
  }
  // Normalizers and others may hold each other, but nobody needs more than a few levels.
  if (isNestedDeeper(value, maxDepth)) {
    throw new Fault(`Cannot read "${origin}" as its values are nested more than ${maxDepth} deep: get the file again`)
  }
  return new JsonNode(value, '', origin)
}

const maxDepth = 200

/** A value inside a parsed tokenizer.json that knows its path, so that every fault can name the place. */
export class JsonNode {
  readonly value: unknown
  readonly path: string
  readonly #origin: string

  constructor(value: unknown, path: string, origin: string) {
    this.value = value
    this.path = path
    this.#origin = origin
  }

  /** The field's node, or undefined when it is missing or null. */
  optional(name: string): JsonNode | undefined {
    const object = this.#object()
    const value = Object.hasOwn(object, name) ? object[name] : undefined
    return value === undefined || value === null
      ? undefined
      : new JsonNode(value, this.path === '' ? name : `${this.path}.${name}`, this.#origin)
  }

  get(name: string): JsonNode {
    const node = this.optional(name)
    if (node === undefined) throw this.fault(`${this.path === '' ? name : `${this.path}.${name}`} is missing`)
    return node
  }

  /** The field names of an object. */
  keys(): string[] {
    return Object.keys(this.#object())
  }

  list(): JsonNode[] {
    if (!Array.isArray(this.value)) throw this.#unlike('a list')
    return this.value.map((item: unknown, index) => new JsonNode(item, `${this.path}[${index}]`, this.#origin))
  }

  string(): string {
    if (typeof this.value !== 'string') throw this.#unlike('a text')
    return wellFormed(this.value)
  }

  boolean(): boolean {
    if (typeof this.value !== 'boolean') throw this.#unlike('true or false')
    return this.value
  }

  /** A whole number of at least 0. */
  count(): number {
    if (!Number.isSafeInteger(this.value) || (this.value as number) < 0) throw this.#unlike('a whole number')
    return this.value as number
  }

  /** A text of one character. */
  character(): string {
    const text = this.string()
    if ([...text].length !== 1) throw this.#unlike('one character')
    return text
  }

  /** The value of `type`, which says what kind of component an object is. */
  type(): string {
    return this.get('type').string()
  }

  fault(why: string): Fault {
    return new Fault(`Cannot use the tokenizer "${this.#origin}" as ${onOneLine(why, 400)}`)
  }

  /** For a component that this program does not know. */
  unknown(kind: string, name: string, known: readonly string[]): Fault {
    return this.fault(
      `${this.path} is a ${kind} "${onOneLine(name, 40)}", which is not supported: supported are ${known.map((one) => `"${one}"`).join(', ')}`,
    )
  }

  #object(): Record<string, unknown> {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) {
      throw this.#unlike('an object')
    }
    return this.value as Record<string, unknown>
  }

  #unlike(wanted: string): Fault {
    const found = onOneLine(JSON.stringify(this.value) ?? String(this.value), 60)
    return this.fault(`${this.path || 'the file'} is ${found}, not ${wanted}`)
  }
}
