import type { JsonNode } from '../parts/json-node.ts'
import { parsePrecompiledCharsmap } from '../parts/precompiled-charsmap.ts'
import { characterClass, unknownToNormalization } from '../parts/unicode-tables.ts'
import { isWhiteSpace } from '../parts/white-space.ts'
import type { NormalizedText, TextNormalizer } from './normalized-text.ts'
import { precompiledNormalizer } from './precompiled-normalizer.ts'
import { RoomToGrow } from './room-to-grow.ts'
import { textPattern } from './text-pattern.ts'

const known = [
  'Sequence',
  'Precompiled',
  'Strip',
  'Replace',
  'Prepend',
  'NFC',
  'NFD',
  'NFKC',
  'NFKD',
  'Lowercase',
  'Nmt',
] as const

/**
 * Reads a normalizer of a tokenizer.json.
 *
 * @throws {Fault} naming the place, when a kind is unknown or a field is missing or of the wrong type
 */
export function textNormalizer(node: JsonNode, origin: string): TextNormalizer {
  const room = new RoomToGrow()
  const normalize = normalizer(node, origin, room)
  return (source) => {
    room.open(source.text.length)
    return normalize(source)
  }
}

function normalizer(node: JsonNode, origin: string, room: RoomToGrow): TextNormalizer {
  const type = node.type()
  switch (type) {
    case 'Sequence': {
      const steps = node
        .get('normalizers')
        .list()
        .map((step) => normalizer(step, origin, room))
      return (source) => steps.reduce((text, step) => step(text), source)
    }
    case 'Precompiled': {
      const map = node.get('precompiled_charsmap')
      const normalize = precompiledNormalizer(parsePrecompiledCharsmap(fromBase64(map), origin))
      return normalize
    }
    case 'Strip':
      return strip(node.get('strip_left').boolean(), node.get('strip_right').boolean())
    case 'Replace':
      return replace(node, room)
    case 'Prepend': {
      const prefix = node.get('prepend').string()
      return ({ text, fromFirst }) => {
        if (text === '') return { text, fromFirst }
        room.check(text.length + prefix.length, node)
        return { text: prefix + text, fromFirst: fromFirst && fromFirst + prefix.length }
      }
    }
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return perCharacter((text) => unicodeNormalize(text, type))
    case 'Lowercase':
      return perCharacter(lowercase)
    case 'Nmt':
      return nmt
    default:
      throw node.unknown('normalizer', type, known)
  }
}

function fromBase64(node: JsonNode): Uint8Array {
  const text = node.string()
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw node.fault(`${node.path} is not base64`)
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}

/** A change of each character, or nearly so: what the first ones become stands for them. */
function perCharacter(change: (text: string) => string): TextNormalizer {
  return ({ text, fromFirst }) => ({ text: change(text), fromFirst: change(text.slice(0, fromFirst)).length })
}

function strip(left: boolean, right: boolean): TextNormalizer {
  return ({ text, fromFirst }) => {
    let start = 0
    let end = text.length
    if (left) while (start < end && isWhiteSpace(text.charCodeAt(start))) start++
    if (right) while (end > start && isWhiteSpace(text.charCodeAt(end - 1))) end--
    return { text: text.slice(start, end), fromFirst: Math.max(0, Math.min(end, fromFirst) - start) }
  }
}

function replace(node: JsonNode, room: RoomToGrow): TextNormalizer {
  const find = textPattern(node.get('pattern'))
  const content = node.get('content').string()
  return ({ text, fromFirst }) => {
    let result = ''
    let copied = 0
    let resultFromFirst = 0
    for (const [start, end] of find(text)) {
      result += text.slice(copied, start)
      resultFromFirst += Math.max(0, Math.min(start, fromFirst) - copied)
      result += content
      room.check(result.length, node)
      // What is put in counts as standing where the match's last character stood.
      if (fromFirst > 0 && end <= Math.max(1, fromFirst)) resultFromFirst += content.length
      copied = end
    }
    resultFromFirst += Math.max(0, fromFirst - copied)
    return { text: result + text.slice(copied), fromFirst: resultFromFirst }
  }
}

const inert = new RegExp(`([${characterClass(unknownToNormalization)}]+)`, 'u')

/** Newer characters neither change nor join with what stands beside them. */
function unicodeNormalize(text: string, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): string {
  if (!inert.test(text)) return text.normalize(form)
  // Every second part is a run of such characters.
  return text
    .split(inert)
    .map((part, index) => (index % 2 === 0 ? part.normalize(form) : part))
    .join('')
}

/** Each character for itself: no final sigma, which JavaScript's own method writes at a word's end. */
function lowercase(text: string): string {
  const lower = text.toLowerCase()
  return text.includes('Σ') ? [...text].map((char) => char.toLowerCase()).join('') : lower
}

function nmt({ text, fromFirst }: NormalizedText): NormalizedText {
  let result = ''
  let copied = 0
  let removedFromFirst = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    const removed = isNmtRemoved(unit)
    if (!removed && !isNmtSpace(unit)) continue
    result += text.slice(copied, i) + (removed ? '' : ' ')
    copied = i + 1
    if (removed && i < fromFirst) removedFromFirst++
  }
  return { text: result + text.slice(copied), fromFirst: fromFirst - removedFromFirst }
}

function isNmtRemoved(unit: number): boolean {
  if (unit >= 0x20) return unit === 0x7f || unit === 0x8f || unit === 0x9f
  return unit !== 0 && unit !== 0x09 && unit !== 0x0a && unit !== 0x0c && unit !== 0x0d
}

const nmtSpaces = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x1680, 0x2028, 0x2029, 0x2581, 0xfeff, 0xfffd])

function isNmtSpace(unit: number): boolean {
  return nmtSpaces.has(unit) || (unit >= 0x200b && unit <= 0x200f)
}
