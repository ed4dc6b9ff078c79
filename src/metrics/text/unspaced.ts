/**
 * Whether most of these texts is Chinese, so that BLEU wants the tokenizer `zh`: most characters and words are Han, and almost
 * none is kana. A run of letters of another script counts as one character does, as a name or a term among Chinese does.
 */
export function isChinese(texts: Iterable<string>): boolean {
  const { han, kana, without, others } = writingOf(texts)
  return han > kana + without + others && kana < (han + kana) / 20
}

/** Whether most of these texts is in scripts that put no spaces between words. */
export function isUnspaced(texts: Iterable<string>): boolean {
  const { han, kana, without, others } = writingOf(texts)
  return han + kana + without > others
}

interface Writing {
  /** Characters. */
  readonly han: number
  readonly kana: number
  /** Characters of other scripts without spaces. */
  readonly without: number
  /** Runs of all other letters. */
  readonly others: number
}

function writingOf(texts: Iterable<string>): Writing {
  let [han, kana, without, others] = [0, 0, 0, 0]
  for (const text of texts) {
    for (const [run] of text.matchAll(runs)) {
      if (hanLetter.test(run)) han += 1
      else if (kanaLetter.test(run)) kana += 1
      else if (withoutLetter.test(run)) without += 1
      else others += 1
    }
  }
  return { han, kana, without, others }
}

const unspaced = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}`
/** A character of a script without spaces, or a run of other letters. */
const runs = new RegExp(String.raw`(?=\p{L})[${unspaced}]|(?:(?![${unspaced}])\p{L}\p{M}*)+`, 'gu')
const hanLetter = /\p{Script=Han}/u
const kanaLetter = /[\p{Script=Hiragana}\p{Script=Katakana}]/u
const withoutLetter = /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/u
