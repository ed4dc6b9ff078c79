const joins: readonly (readonly [string, string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
]

/** Joins English punctuation and shortened words to the word before, as transformers' `clean_up_tokenization` does. */
export function cleanUpSpaces(text: string): string {
  return joins.reduce((result, [from, to]) => result.replaceAll(from, to), text)
}
