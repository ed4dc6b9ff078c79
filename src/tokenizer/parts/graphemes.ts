import { graphemeClasses } from './grapheme-classes.ts'
import { codePointRanges } from './unicode-tables.ts'

/**
 * The end of the extended grapheme cluster (user-perceived character) that starts at `start`, in UTF-16 units.
 *
 * @param text well-formed; `start` is a cluster's start and less than its length
 * Source: Unicode Standard Annex 29, revision 45, rules GB3 to GB999.
 */
export function graphemeEnd(text: string, start: number): number {
  let code = text.codePointAt(start)!
  let before = classOf(code)
  let end = start + unitsOf(code)
  // What GB9c, GB11 and GB12 must remember of the cluster so far.
  let conjunct = before === consonant ? 1 : 0 // 1 after a consonant, 2 after its linker
  let picture = before === pictographic ? 1 : 0 // 1 after a picture, 2 after its joiner
  let oddFlags = before === regionalIndicator
  while (end < text.length) {
    code = text.codePointAt(end)!
    const after = classOf(code)
    const joins =
      neverBreaks(before, after) ||
      (after === consonant && conjunct === 2) ||
      (after === pictographic && picture === 2) ||
      (after === regionalIndicator && before === regionalIndicator && oddFlags)
    if (!joins) return end
    const isExtension = after === extend || after === zwj
    if (after === consonant) conjunct = 1
    else if (!isExtension || code === zeroWidthNonJoiner) conjunct = 0
    else if (conjunct === 1 && conjunctLinkers.has(code)) conjunct = 2
    if (after === pictographic) picture = 1
    else if (picture !== 1 || !isExtension) picture = 0
    else if (after === zwj) picture = 2
    oddFlags = after === regionalIndicator && before !== regionalIndicator
    before = after
    end += unitsOf(code)
  }
  return end
}

function unitsOf(code: number): number {
  return code > 0xffff ? 2 : 1
}

const other = 0
const cr = 1
const lf = 2
const control = 3
const extend = 4
const zwj = 5
const spacingMark = 6
const prepend = 7
const regionalIndicator = 8
const pictographic = 9
const hangulL = 10
const hangulV = 11
const hangulT = 12
const hangulLV = 13
const hangulLVT = 14
const consonant = 15

const zeroWidthNonJoiner = 0x200c
const conjunctLinkers = new Set([0x94d, 0x9cd, 0xacd, 0xb4d, 0xc4d, 0xd4d])

/** The rules that look at two neighbours only. */
function neverBreaks(before: number, after: number): boolean {
  if (before === cr && after === lf) return true
  if (before <= control && before !== other) return false
  if (after <= control && after !== other) return false
  if (after === extend || after === zwj || after === spacingMark || before === prepend) return true
  switch (before) {
    case hangulL:
      return after === hangulL || after === hangulV || after === hangulLV || after === hangulLVT
    case hangulLV:
    case hangulV:
      return after === hangulV || after === hangulT
    case hangulLVT:
    case hangulT:
      return after === hangulT
    default:
      return false
  }
}

let classes: Uint8Array | undefined

function classOf(code: number): number {
  classes ??= buildClasses()
  return classes[code]!
}

function buildClasses(): Uint8Array {
  const table = new Uint8Array(0x110000)
  const fill = (lines: readonly string[], value: number): void => {
    for (const [first, last] of codePointRanges(lines)) table.fill(value, first, last + 1)
  }
  fill(graphemeClasses.control, control)
  fill(graphemeClasses.extend, extend)
  fill(graphemeClasses.spacingMark, spacingMark)
  fill(graphemeClasses.prepend, prepend)
  fill(graphemeClasses.extendedPictographic, pictographic)
  fill(graphemeClasses.hangulL, hangulL)
  fill(graphemeClasses.hangulV, hangulV)
  fill(graphemeClasses.hangulT, hangulT)
  fill(graphemeClasses.conjunctConsonant, consonant)
  for (let code = 0xac00; code <= 0xd7a3; code++) table[code] = (code - 0xac00) % 28 === 0 ? hangulLV : hangulLVT
  table.fill(regionalIndicator, 0x1f1e6, 0x1f200)
  table[0x0d] = cr
  table[0x0a] = lf
  table[0x200d] = zwj
  return table
}
