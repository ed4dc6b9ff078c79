/**
 * Whether most of the letters in these texts are Chinese characters and almost none are kana, so that BLEU wants the
 * tokenizer `zh`. Texts that mix languages are Chinese when their larger part is.
 */
export function isChinese(texts: Iterable<string>): boolean {
  let letters = 0
  let han = 0
  let kana = 0
  for (const text of texts) {
    letters += text.match(letter)?.length ?? 0
    han += text.match(hanLetter)?.length ?? 0
    kana += text.match(kanaLetter)?.length ?? 0
  }
  return han > letters / 2 && kana < letters / 20
}

const letter = /\p{L}/gu
const hanLetter = /\p{Script=Han}/gu
const kanaLetter = /[\p{Script=Hiragana}\p{Script=Katakana}]/gu
