import type { JsonNode } from '../parts/json-node.ts'
import { ByteBuffer, utf8CharLength } from '../parts/utf8.ts'
import { metaspaceSettings } from './pre-tokenizers.ts'
import { RoomToGrow } from './room-to-grow.ts'
import { textPattern } from './text-pattern.ts'

/** Turns the texts of tokens into stretches of plain text. */
export type TokenDecoder = (tokens: readonly string[]) => string[]

const known = ['Sequence', 'Metaspace', 'Replace', 'ByteFallback', 'Fuse', 'Strip'] as const

/**
 * Reads a decoder of a tokenizer.json.
 *
 * @throws {Fault} naming the place, when a kind is unknown or a field is missing or of the wrong type
 */
export function tokenDecoder(node: JsonNode): TokenDecoder {
  const room = new RoomToGrow()
  const decode = decoder(node, room)
  return (tokens) => {
    room.open(tokens.reduce((sum, token) => sum + token.length, 0))
    return decode(tokens)
  }
}

function decoder(node: JsonNode, room: RoomToGrow): TokenDecoder {
  const type = node.type()
  switch (type) {
    case 'Sequence': {
      const steps = node
        .get('decoders')
        .list()
        .map((step) => decoder(step, room))
      return (tokens) => steps.reduce<string[]>((texts, step) => step(texts), [...tokens])
    }
    case 'Metaspace': {
      const { replacement, prepend } = metaspaceSettings(node)
      return (tokens) =>
        tokens.map((token, index) => token.replaceAll(replacement, index === 0 && prepend !== 'never' ? '' : ' '))
    }
    case 'Replace':
      return replaceDecoder(node, room)
    case 'ByteFallback':
      return byteFallback
    case 'Fuse':
      return (tokens) => [tokens.join('')]
    case 'Strip':
      return stripDecoder(node)
    default:
      throw node.unknown('decoder', type, known)
  }
}

function replaceDecoder(node: JsonNode, room: RoomToGrow): TokenDecoder {
  const find = textPattern(node.get('pattern'))
  const content = node.get('content').string()
  return (tokens) => {
    let length = 0
    return tokens.map((token) => {
      let result = ''
      let copied = 0
      for (const [start, end] of find(token)) {
        result += token.slice(copied, start) + content
        room.check(length + result.length, node)
        copied = end
      }
      length += result.length
      return result + token.slice(copied)
    })
  }
}

const byteToken = /^<0x([+0-9A-Fa-f][0-9A-Fa-f])>$/

/** Runs of `<0x41>` become the text of their bytes, or one U+FFFD a byte where they are not UTF-8. */
function byteFallback(tokens: readonly string[]): string[] {
  const result: string[] = []
  const bytes = new ByteBuffer()
  const flush = (): void => {
    if (bytes.length === 0) return
    let valid = true
    for (let at = 0; at < bytes.length && valid; ) {
      const size = utf8CharLength(bytes.bytes, at, bytes.length)
      valid = size > 0
      at += size
    }
    if (valid) result.push(bytes.toString())
    else for (let i = 0; i < bytes.length; i++) result.push('\ufffd')
    bytes.length = 0
  }
  for (const token of tokens) {
    const digits = byteToken.exec(token)?.[1]
    if (digits !== undefined) {
      bytes.push(Number.parseInt(digits.replace('+', '0'), 16))
      continue
    }
    flush()
    result.push(token)
  }
  flush()
  return result
}

function stripDecoder(node: JsonNode): TokenDecoder {
  const content = node.get('content').character()
  const start = node.get('start').count()
  const stop = node.get('stop').count()
  return (tokens) =>
    tokens.map((token) => {
      const chars = [...token]
      let from = 0
      while (from < start && from < chars.length && chars[from] === content) from++
      let to = chars.length
      while (chars.length - to < stop && to > from && chars[to - 1] === content) to--
      return chars.slice(from, to).join('')
    })
}
