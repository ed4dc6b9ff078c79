import { Fault } from '../../base/fault.ts'
import { utf8Length } from './unigram.ts'

/**
 * SentencePiece's compiled normalisation rules: a double-array trie (Darts-clone) whose keys are the texts to replace
 * and whose values are offsets into NUL-terminated replacements.
 *
 * Layout, little-endian: uint32 bytes of the trie, the trie's uint32 units, the replacements.
 */
export interface PrecompiledCharsmap {
  readonly units: Uint32Array
  readonly replacements: Uint8Array
}

/**
 * Reads a `precompiled_charsmap` and checks every unit, so that no search can leave the arrays.
 *
 * @param origin the file, for the message
 * @throws {Fault} when the blob is cut or broken
 */
export function parsePrecompiledCharsmap(blob: Uint8Array, origin: string): PrecompiledCharsmap {
  const broken = (why: string): Fault =>
    new Fault(`Cannot read the tokenizer "${origin}" as its compiled character map ${why}: get the file again`)
  if (blob.length <= 4) throw broken(`has only ${blob.length} bytes`)
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
  const trieBytes = view.getUint32(0, true)
  if (trieBytes >= blob.length - 4) throw broken(`is cut: its trie takes ${trieBytes} of ${blob.length} bytes`)
  if (trieBytes < 1024 || trieBytes % 1024 !== 0) throw broken(`has a trie of ${trieBytes} bytes`)
  const units = new Uint32Array(trieBytes / 4)
  for (let i = 0; i < units.length; i++) units[i] = view.getUint32(4 + 4 * i, true)
  const replacements = blob.slice(4 + trieBytes)
  if (replacements.at(-1) !== 0) throw broken('has replacements that do not end')
  if (!unitsAreSafe(units, replacements.length)) throw broken('has a trie that points outside itself')
  return { units, replacements }
}

/** Whether every transition from every unit stays inside the trie and every value inside the replacements. */
function unitsAreSafe(units: Uint32Array, replacementBytes: number): boolean {
  const root = units[0]!
  if (unitLabel(root) !== 0 || unitHasLeaf(root) || unitOffset(root) === 0) return false
  if ((unitOffset(root) | 0xff) >= units.length) return false
  for (let i = 1; i < units.length; i++) {
    const unit = units[i]!
    if (unitLabel(unit) > 0xff) {
      if (unitValue(unit) >= replacementBytes) return false
      continue
    }
    const next = i ^ unitOffset(unit)
    if ((next | 0xff) >= units.length) return false
    if (unitHasLeaf(unit) && unitLabel(units[next]!) <= 0xff) return false
  }
  return true
}

/** Value units have the highest bit set, so that their label matches no byte. */
function unitLabel(unit: number): number {
  return (unit & 0x800000ff) >>> 0
}

function unitHasLeaf(unit: number): boolean {
  return (unit & 0x100) !== 0
}

function unitValue(unit: number): number {
  return unit & 0x7fffffff
}

function unitOffset(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6)
}

/** The longest rule that starts at `at`, as SentencePiece applies it; its length lies in `length`. */
export class RuleMatch {
  /** Bytes of the text that the rule replaces; 0 when no rule matches. */
  length = 0
  /** Where the replacement starts in the map's `replacements`. */
  value = 0

  find(map: PrecompiledCharsmap, bytes: Uint8Array, at: number, end: number): void {
    const { units } = map
    this.length = 0
    let node = unitOffset(units[0]!)
    // SentencePiece looks at 32 matching keys of one place at most.
    for (let i = at, results = 0; i < end && results < 32; i++) {
      const byte = bytes[i]!
      node ^= byte
      const unit = units[node]!
      if (unitLabel(unit) !== byte) return
      node ^= unitOffset(unit)
      if (unitHasLeaf(unit)) {
        results++
        this.length = i + 1 - at
        this.value = unitValue(units[node]!)
      }
    }
  }
}

/**
 * The replacement's start for the *shortest* key that is a prefix of `bytes[0, end)`, or -1. The tokenizers library
 * takes the first match and ignores what follows it in the chunk, and it ends the search at a NUL.
 */
export function shortestRule(map: PrecompiledCharsmap, bytes: Uint8Array, end: number): number {
  const { units } = map
  let node = unitOffset(units[0]!)
  for (let i = 0; i < end; i++) {
    const byte = bytes[i]!
    if (byte === 0) return -1
    node ^= byte
    const unit = units[node]!
    if (unitLabel(unit) !== byte) return -1
    node ^= unitOffset(unit)
    if (unitHasLeaf(unit)) return unitValue(units[node]!)
  }
  return -1
}

/** For each ASCII byte, whether it stays as it is before any ASCII byte: what lets plain English be copied. */
export function plainAsciiBytes(map: PrecompiledCharsmap | undefined): Uint8Array {
  const plain = new Uint8Array(256).fill(1, 0, 128)
  if (map === undefined) return plain
  const match = new RuleMatch()
  const pair = new Uint8Array(2)
  for (let first = 0; first < 128; first++) {
    pair[0] = first
    match.find(map, pair, 0, 1)
    if (match.length > 0 || startsLongerRule(map, first)) plain[first] = 0
  }
  return plain
}

/** Whether some rule continues `first` with another ASCII byte. */
function startsLongerRule(map: PrecompiledCharsmap, first: number): boolean {
  const { units } = map
  const node = unitOffset(units[0]!) ^ first
  if (unitLabel(units[node]!) !== first) return false
  const offset = node ^ unitOffset(units[node]!)
  for (let second = 0; second < 128; second++) if (unitLabel(units[offset ^ second]!) === second) return true
  return false
}

/** Where the NUL-terminated replacement that starts at `start` ends. */
export function replacementEnd(map: PrecompiledCharsmap, start: number): number {
  const { replacements } = map
  let end = start
  while (replacements[end] !== 0) end += utf8Length(0)
  return end
}
