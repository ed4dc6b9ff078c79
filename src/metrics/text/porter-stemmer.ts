/**
 * Porter's stemmer with the extensions of NLTK, which is the one rouge_score uses.
 *
 * @param word lower case
 * Source: Porter, "An algorithm for suffix stripping", 1980; the departures are those of NLTK 3's `PorterStemmer` in its
 * default mode and are marked below (goldens: stems.json).
 */
export function porterStem(word: string): string {
  const irregular = irregularStems.get(word)
  if (irregular !== undefined) return irregular
  if (word.length <= 2) return word
  let stem = pluralStem(word)
  stem = pastStem(stem)
  stem = finalY(stem)
  stem = longSuffix(stem)
  stem = applyRules(stem, step3)
  stem = applyRules(stem, step4)
  stem = finalE(stem)
  return stem.endsWith('ll') && measure(stem.slice(0, -1)) > 1 ? stem.slice(0, -1) : stem
}

const irregularStems = new Map([
  ['sky', 'sky'],
  ['skies', 'sky'],
  ['dying', 'die'],
  ['lying', 'lie'],
  ['tying', 'tie'],
  ['news', 'news'],
  ['innings', 'inning'],
  ['inning', 'inning'],
  ['outings', 'outing'],
  ['outing', 'outing'],
  ['cannings', 'canning'],
  ['canning', 'canning'],
  ['howe', 'howe'],
  ['proceed', 'proceed'],
  ['exceed', 'exceed'],
  ['succeed', 'succeed'],
])

/** Suffix, what replaces it, and what must hold of the part before it. The first suffix that fits decides. */
type Rule = readonly [suffix: string, replacement: string, condition?: (stem: string, word: string) => boolean]

const some = (stem: string): boolean => measure(stem) > 0
const several = (stem: string): boolean => measure(stem) > 1

const step1a: readonly Rule[] = [
  ['sses', 'ss'],
  ['ies', 'i'],
  ['ss', 'ss'],
  ['s', ''],
]

const step2: readonly Rule[] = [
  ['ational', 'ate', some],
  ['tional', 'tion', some],
  ['enci', 'ence', some],
  ['anci', 'ance', some],
  ['izer', 'ize', some],
  ['bli', 'ble', some],
  ['alli', 'al', some],
  ['entli', 'ent', some],
  ['eli', 'e', some],
  ['ousli', 'ous', some],
  ['ization', 'ize', some],
  ['ation', 'ate', some],
  ['ator', 'ate', some],
  ['alism', 'al', some],
  ['iveness', 'ive', some],
  ['fulness', 'ful', some],
  ['ousness', 'ous', some],
  ['aliti', 'al', some],
  ['iviti', 'ive', some],
  ['biliti', 'ble', some],
  ['fulli', 'ful', some], // NLTK
  ['logi', 'log', (_, word) => some(word.slice(0, -3))], // NLTK: the l counts as part of the stem
]

const step3: readonly Rule[] = [
  ['icate', 'ic', some],
  ['ative', '', some],
  ['alize', 'al', some],
  ['iciti', 'ic', some],
  ['ical', 'ic', some],
  ['ful', '', some],
  ['ness', '', some],
]

const step4: readonly Rule[] = [
  ...['al', 'ance', 'ence', 'er', 'ic', 'able', 'ible', 'ant', 'ement', 'ment', 'ent'].map(
    (suffix): Rule => [suffix, '', several],
  ),
  ['ion', '', (stem) => several(stem) && /[st]$/.test(stem)],
  ...['ou', 'ism', 'ate', 'iti', 'ous', 'ive', 'ize'].map((suffix): Rule => [suffix, '', several]),
]

function applyRules(word: string, rules: readonly Rule[]): string {
  for (const [suffix, replacement, condition] of rules) {
    if (!word.endsWith(suffix)) continue
    const stem = word.slice(0, word.length - suffix.length)
    return condition === undefined || condition(stem, word) ? stem + replacement : word
  }
  return word
}

/** Step 1a. NLTK: `dies` becomes `die`, not `di`. */
function pluralStem(word: string): string {
  return word.length === 4 && word.endsWith('ies') ? word.slice(0, -1) : applyRules(word, step1a)
}

/** Step 1b. NLTK: `died` becomes `die`, `spied` becomes `spi`. */
function pastStem(word: string): string {
  if (word.endsWith('ied')) return word.slice(0, word.length === 4 ? -1 : -2)
  if (word.endsWith('eed')) return some(word.slice(0, -3)) ? word.slice(0, -1) : word
  const stem = ['ed', 'ing']
    .filter((suffix) => word.endsWith(suffix))
    .map((suffix) => word.slice(0, -suffix.length))
    .find(containsVowel)
  if (stem === undefined) return word
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`
  if (endsInDoubleConsonant(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1)
  return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem
}

/** Step 1c. NLTK: only after a consonant that is not the whole stem, so that `enjoy` stays. */
function finalY(word: string): string {
  const stem = word.slice(0, -1)
  return word.endsWith('y') && stem.length > 1 && isConsonant(stem, stem.length - 1) ? `${stem}i` : word
}

/** Step 2. NLTK: `alli` goes first and what is left goes through the step again. */
function longSuffix(word: string): string {
  let stem = word
  while (stem.endsWith('alli') && some(stem.slice(0, -4))) stem = stem.slice(0, -2)
  return applyRules(stem, step2)
}

/** Step 5a. */
function finalE(word: string): string {
  if (!word.endsWith('e')) return word
  const stem = word.slice(0, -1)
  const m = measure(stem)
  return m > 1 || (m === 1 && !endsShort(stem)) ? stem : word
}

/** How often a vowel is followed by a consonant: m in [C](VC)^m[V]. */
function measure(stem: string): number {
  let m = 0
  let afterVowel = false
  for (let i = 0; i < stem.length; i++) {
    const consonant = isConsonantAfter(stem[i]!, i > 0 && !afterVowel)
    if (consonant && afterVowel) m++
    afterVowel = !consonant
  }
  return m
}

function containsVowel(stem: string): boolean {
  return /[aeiou]|[^aeiouy]y|yy/.test(stem)
}

function endsInDoubleConsonant(word: string): boolean {
  const last = word.length - 1
  return last >= 1 && word[last] === word[last - 1] && isConsonant(word, last)
}

/** Consonant, vowel, consonant other than w, x, y; NLTK: or a vowel and a consonant and nothing else. */
function endsShort(word: string): boolean {
  const last = word.length - 1
  if (last < 1 || !isConsonant(word, last) || isConsonant(word, last - 1)) return false
  return last === 1 || (isConsonant(word, last - 2) && !/[wxy]$/.test(word))
}

function isConsonant(word: string, at: number): boolean {
  let first = at
  while (first > 0 && word[first] === 'y') first--
  let consonant = isConsonantAfter(word[first]!, false)
  for (let i = first + 1; i <= at; i++) consonant = isConsonantAfter(word[i]!, consonant)
  return consonant
}

/** A y is a vowel after a consonant and a consonant elsewhere. */
function isConsonantAfter(letter: string, afterConsonant: boolean): boolean {
  return letter === 'y' ? !afterConsonant : !'aeiou'.includes(letter)
}
