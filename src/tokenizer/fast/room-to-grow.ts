import type { JsonNode } from '../parts/json-node.ts'

/** Replacements that put in more than they take out, one after the other, make a text of any length out of a line. */
const usualCharacters = 2 ** 20
const growth = 64

/** How long a text may become on its way through the steps of a tokenizer.json. */
export class RoomToGrow {
  #limit = 0

  /** @param length of the text as it was given */
  open(length: number): void {
    this.#limit = Math.max(usualCharacters, growth * length)
  }

  /** @throws {Fault} naming the step that makes the text too long */
  check(length: number, step: JsonNode): void {
    if (length <= this.#limit) return
    throw step.fault(`${step.path} makes a text of more than ${this.#limit} characters, which is out of proportion`)
  }
}
