import { isUtf8 } from 'node:buffer'
import { chardet, iconvLite } from './encoding-tables.ts'
import { scanUtf8, unfinishedUtf8 } from './utf8.ts'

interface DetectedEncoding {
  readonly encoding: string
  /** Why this is a guess; absent when the bytes leave no real doubt. */
  readonly doubt?: string
}

/** Multi-byte encodings that chardet tells apart by their frequent characters, as iconv-lite names them. */
const multiByteNames: Readonly<Record<string, string>> = {
  GB18030: 'gb18030',
  Big5: 'big5',
  'EUC-JP': 'euc-jp',
  'EUC-KR': 'euc-kr',
  Shift_JIS: 'shift_jis',
}

/**
 * Tells the encoding of a sample that begins with its first byte above 127.
 *
 * UTF-8 is what is valid, or has twice as many characters that are surely UTF-8 as wrong sequences, which other encodings
 * have by chance in texts of a few letters only. Then East Asian encodings, by their frequent characters (chardet) or, in
 * short texts, by the rows of the GB 2312 table; then UTF-8 of which half the sequences are wrong, or more where they stand alone; then Western texts, in which bytes above 127 stand alone among ASCII letters:
 * Windows-1252 when it uses 0x80 to 0x9F, which are control characters in Latin-1. chardet's verdict on single-byte
 * encodings is too weak on short texts to be used.
 *
 * @param isWhole whether the text ends with the sample; else its last character may be cut
 * @returns `undefined` when nothing fits: a Cyrillic or Greek file, say, must be told
 */
export function detectEncoding(sample: Buffer, isWhole: boolean): DetectedEncoding | undefined {
  const cut = isWhole ? 0 : unfinishedUtf8(sample)
  if (isUtf8(sample.subarray(0, sample.length - cut))) return { encoding: 'utf-8' }
  const { sure, wrong, western, inWords } = countUtf8(sample.subarray(0, sample.length - cut))
  if (sure > 0 && sure >= 2 * wrong) return { encoding: 'utf-8' }
  const [best] = chardet().analyse(sample)
  const named = best === undefined ? undefined : multiByteNames[best.name]
  if (named !== undefined && best!.confidence >= 80 && isEastAsian(sample, named))
    return { encoding: named, doubt: notUtf8 }
  if (looksLikeGb2312(sample)) return { encoding: isHangul(sample) ? 'euc-kr' : 'gb18030', doubt: notUtf8 }
  // Western letters hardly ever look like UTF-8; in Cyrillic and Thai pages some do, and all around are in words of wrong bytes.
  if (sure > 0 && sure >= Math.min(wrong, western) && 3 * inWords < wrong) return { encoding: 'utf-8' }
  if (!looksWestern(sample)) return undefined
  const { controls, undefinedIn1252, utf8Sequences, high } = countHighBytes(sample)
  // Control characters of Latin-1 are in no text: it is written in another page, of which there are too many.
  if (undefinedIn1252 > 2 && undefinedIn1252 * 100 > high) return undefined
  const encoding = controls > 0 && undefinedIn1252 === 0 ? 'windows-1252' : 'latin-1'
  if (utf8Sequences * 2 > high / 2) {
    return { encoding, doubt: 'most of its bytes above 127 are UTF-8 but not all' }
  }
  if (sure > 0) return { encoding, doubt: 'some of its bytes above 127 are UTF-8 and more are not' }
  return { encoding, doubt: notUtf8 }
}

/** Pages of one byte look alike: of Central Europe's, Turkish and Baltic ones only the letters differ. */
const notUtf8 = 'it is not UTF-8'

/** Punctuation of Windows-1252 that follows a capital letter at the end of a word, as in `LIBERTÉ»`. */
const closing1252 = new Set([0x85, 0x92, 0x94, 0x96, 0x97, 0xa0, 0xaa, 0xab, 0xb0, 0xba, 0xbb])

/**
 * Characters that are surely UTF-8, sequences that are none, and those of them that would be Western letters in a word, or that follow
 * two others at once.
 */
function countUtf8(sample: Buffer): { sure: number; wrong: number; western: number; inWords: number } {
  let sure = 0
  let wrong = 0
  let western = 0
  let inWords = 0
  let run = 0
  let runEnd = 0
  scanUtf8(sample, (at, length, isValid) => {
    if (!isValid) {
      wrong++
      run = runEnd === at ? run + 1 : 1
      runEnd = at + length
      if (run > 2) inWords++
      if (length === 1 && isWesternLetter(sample, at)) western++
    } else if (length > 2 || sample[at]! < 0xc4 || !closing1252.has(sample[at + 1]!)) sure++
  })
  return { sure, wrong, western, inWords }
}

/** A letter of Windows-1252 beside a letter of ASCII; thorn and y with diaeresis, 0xFE and 0xFF, hardly ever are. */
function isWesternLetter(sample: Buffer, at: number): boolean {
  const byte = sample[at]!
  if (byte < 0xc0 || byte > 0xfd || byte === 0xd7 || byte === 0xf7) return false
  return [sample[at - 1], sample[at + 1]].some((beside = 0) => /[A-Za-z]/.test(String.fromCharCode(beside)))
}

/**
 * Whether a sample is East Asian text of an encoding: letters of a European page that are read together with the ASCII letter
 * beside them give characters that stand alone in Latin words.
 */
function isEastAsian(sample: Buffer, encoding: string): boolean {
  // The last character may be cut.
  const text = iconvLite().decode(sample, encoding).slice(0, -2)
  if (text.includes('\ufffd')) return false
  const runs = [...text.matchAll(/[^\0-\u00ff]+/gu)]
  const isLetter = (at: number): boolean => /^[A-Za-z]$/u.test(text[at] ?? '')
  const inWords = runs.filter(({ 0: run, index }) => run.length === 1 && (isLetter(index - 1) || isLetter(index + 1)))
  return 3 * inWords.length <= runs.length
}

const commonSyllables = new Set(
  '이다는을에의가하고지한사로기도리어서자인나시대아수해있그라만들으과부정보여제일게스전주상은했니면없것너무음안',
)

/**
 * Whether what would be common characters in GB 2312 are syllables of EUC-KR, which lie in the same rows: where many of them are
 * frequent ones, as hardly any Chinese text looks.
 */
function isHangul(sample: Buffer): boolean {
  const text = iconvLite().decode(sample, 'euc-kr').slice(0, -1)
  const wide = text.match(/[^\0-\u00ff]/gu) ?? []
  const common = wide.filter((character) => commonSyllables.has(character)).length
  return common >= 2 && 3 * common >= wide.length
}

/** Valid GB18030 whose two-byte characters are mostly punctuation or common Chinese characters and come in runs. */
function looksLikeGb2312(sample: Buffer): boolean {
  let pairs = 0
  let common = 0
  let inRuns = 0
  let previousEnd = -1
  let runLength = 0
  for (let i = 0; i < sample.length; ) {
    const lead = sample[i]!
    if (lead < 0x80) {
      i++
      continue
    }
    if (i + 1 >= sample.length) break
    const trail = sample[i + 1]!
    if (lead === 0x80 || lead === 0xff) return false
    if (trail >= 0x30 && trail <= 0x39) {
      i += 4
      continue
    }
    if (trail < 0x40 || trail === 0x7f || trail === 0xff) return false
    pairs++
    if (trail >= 0xa1 && ((lead >= 0xa1 && lead <= 0xa3) || (lead >= 0xb0 && lead <= 0xf7))) common++
    runLength = previousEnd === i ? runLength + 1 : 1
    if (runLength === 2) inRuns += 2
    else if (runLength > 2) inRuns++
    i += 2
    previousEnd = i
  }
  return pairs > 0 && common / pairs >= 0.7 && inRuns / pairs >= 0.5
}

/** In Western texts at most a third of the characters are beyond ASCII, and they seldom come in threes (in Cyrillic texts most do). */
function looksWestern(sample: Buffer): boolean {
  let high = 0
  let inLongRuns = 0
  let ascii = 0
  let run = 0
  for (const byte of sample) {
    if (byte >= 0x80) {
      high++
      run++
      if (run === 3) inLongRuns += 3
      else if (run > 3) inLongRuns++
      continue
    }
    run = 0
    ascii++
  }
  return high <= 3 || (inLongRuns / high < 0.4 && high <= ascii / 2)
}

function countHighBytes(sample: Buffer): {
  high: number
  controls: number
  undefinedIn1252: number
  utf8Sequences: number
} {
  let high = 0
  let controls = 0
  let undefinedIn1252 = 0
  let utf8Sequences = 0
  for (let i = 0; i < sample.length; i++) {
    const byte = sample[i]!
    if (byte < 0x80) continue
    high++
    if (byte < 0xa0) controls++
    if (byte === 0x81 || byte === 0x8d || byte === 0x8f || byte === 0x90 || byte === 0x9d) undefinedIn1252++
    const next = sample[i + 1] ?? 0
    if (byte >= 0xc2 && byte <= 0xdf && next >= 0x80 && next <= 0xbf) utf8Sequences++
  }
  return { high, controls, undefinedIn1252, utf8Sequences }
}
