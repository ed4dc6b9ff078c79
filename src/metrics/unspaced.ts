/**
 * Whether most of these texts is Chinese, so that BLEU wants the tokenizer `zh`: most characters and words are Han, and almost
 * none is kana. A run of letters of another script counts as one character does, as a name or a term among Chinese does.
 */
export function isChinese(texts: Iterable<string>): boolean {
  const { han, kana, unspaced, words } = writingOf(texts)
  return han > unspaced - han + words && kana < (han + kana) / 20
}

/** Whether most of these texts is in scripts that put no spaces between words. */
export function isUnspaced(texts: Iterable<string>): boolean {
  const { unspaced, words } = writingOf(texts)
  return unspaced > words
}

/** By Unicode's names. */
export const unspacedScripts = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar', 'Tibetan'] as const

interface Writing {
  /** Characters. */
  readonly han: number
  readonly kana: number
  /** Characters of all scripts without spaces, those two included. */
  readonly unspaced: number
  /** Runs of all other letters. */
  readonly words: number
}

function writingOf(texts: Iterable<string>): Writing {
  let [han, kana, unspaced, words] = [0, 0, 0, 0]
  for (const text of texts) {
    for (const [run] of text.matchAll(runs)) {
      if (unspacedLetter.test(run)) unspaced += 1
      else words += 1
      if (hanLetter.test(run)) han += 1
      else if (kanaLetter.test(run)) kana += 1
    }
  }
  return { han, kana, unspaced, words }
}

const letters = (scripts: readonly string[]): string => `[${scripts.map((name) => `\\p{Script=${name}}`).join('')}]`
/** A character of a script without spaces, or a run of other letters. */
const runs = new RegExp(
  String.raw`(?=\p{L})${letters(unspacedScripts)}|(?:(?!${letters(unspacedScripts)})\p{L}\p{M}*)+`,
  'gu',
)
const unspacedLetter = new RegExp(letters(unspacedScripts), 'u')
const hanLetter = new RegExp(letters(['Han']), 'u')
const kanaLetter = new RegExp(letters(['Hiragana', 'Katakana']), 'u')
