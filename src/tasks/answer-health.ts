import { quoted } from './quoted.ts'
import { writingOf } from './writing-systems.ts'

/** What can be wrong with a model's answers as a whole. */
export type HealthName =
  | 'sentinels'
  | 'empty'
  | 'one-answer'
  | 'always-none'
  | 'copied'
  | 'wrong-script'
  | 'cut'
  | 'no-score'

/** Something that is wrong with the answers of a checkpoint. */
export interface HealthFinding {
  readonly name: HealthName
  /** Answers that show it, of all. */
  readonly count: number
  readonly of: number
  /** What was found, without a full stop. */
  readonly sentence: string
  /** What to do about it. */
  readonly hint: string
  /** Whether the answers are of no use at all, so that going on in the same way is a waste. */
  readonly collapsed: boolean
}

/** A row and what the model answered. */
export interface AnsweredRow {
  readonly source: string
  readonly reference: string
  readonly prediction: string
  /** `limit`: the longest answer allowed was reached before the model ended it. */
  readonly finish?: 'end' | 'limit'
  /** Sentinel tokens (`<extra_id_N>`) that the model wrote, also where the text leaves them out. */
  readonly sentinels?: number
  /** Of a task with labels: those of the reference, and what was read in the answer. */
  readonly labels?: readonly string[]
  readonly predictedLabels?: readonly string[]
  readonly unknown?: readonly string[]
}

export interface HealthContext {
  /** Put before every source. */
  readonly prefix: string
  /**
   * Scores as shares of the best that there is; all of them nothing while the loss fell is a finding. `worst`: what a
   * score of which less is better has where the share is nothing.
   */
  readonly scores?: readonly { readonly name: string; readonly share: number; readonly worst?: number }[]
  /** Loss at the beginning and now. */
  readonly loss?: { readonly first: number; readonly last: number }
}

/**
 * The thresholds, as shares of the answers. `found`: worth a warning; `collapsed`: the answers are of no use.
 *
 * - `sentinels`: T5 and mT5 learn to fill in spans first; a taught model writes no sentinel, so one in twenty is odd.
 * - `empty`: blank where the reference is not, if that is more often than references are blank.
 * - `oneAnswer`: the most frequent answer. It must be more frequent than the most frequent reference by `oneAnswerMore`,
 *   as skewed data have a frequent answer rightly; an answer given always is found up to `oneReference`.
 * - `alwaysNone`: answers for "no label", where at least `withLabels` of the references have one.
 * - `copied`: the source, or its beginning of at least `copiedLetters` letters, where the reference is something else, if
 *   that is more often than references are copies.
 * - `wrongScript`: most letters are of scripts that the references do not use; a script that has less than `rareScript`
 *   of the references' letters is not used.
 * - `cut`: some answers are long by nature, so only more than one in ten is a matter of the limit; a blank one is `empty`.
 * - `noScore`: every score is below this, while the loss fell to `lossFell` of what it was or less.
 */
const healthThresholds = {
  sentinels: { found: 0.05, collapsed: 0.5 },
  empty: { found: 0.05, collapsed: 0.5 },
  oneAnswer: { found: 0.5, collapsed: 0.9 },
  oneAnswerMore: { found: 0.25, collapsed: 0.4 },
  oneReference: 0.95,
  alwaysNone: { found: 0.99 },
  withLabels: 0.1,
  copied: { found: 0.2, collapsed: 0.9 },
  copiedLetters: 20,
  wrongScript: { found: 0.1, collapsed: 0.5 },
  rareScript: 0.05,
  cut: { found: 0.1 },
  noScore: 0.005,
  lossFell: 0.8,
} as const

/** Fewer answers say nothing of a model. */
export const leastAnswers = 5

/**
 * Looks for what is wrong with a checkpoint's answers as a whole.
 *
 * @returns nothing for fewer than {@link leastAnswers} rows
 */
export function healthOf(rows: readonly AnsweredRow[], context: HealthContext): HealthFinding[] {
  if (rows.length < leastAnswers) return []
  const none = alwaysNone(rows, context)
  const found = [
    sentinels(rows),
    empty(rows, context),
    none ?? oneAnswer(rows, context),
    copied(rows, context.prefix),
    wrongScript(rows),
    cut(rows),
    noScore(rows, context),
  ]
  return found.filter((finding) => finding !== undefined)
}

/** A finding as it is told: what, and what to do. */
export function healthSentence({ sentence, hint }: Pick<HealthFinding, 'sentence' | 'hint'>): string {
  return `${sentence}; ${hint}`
}

function sentinels(rows: readonly AnsweredRow[]): HealthFinding | undefined {
  const shown = rows.filter(
    ({ prediction, reference, sentinels: count = 0 }) =>
      !sentinelText.test(reference) && (count > 0 || sentinelText.test(prediction)),
  )
  return byShare(shown, rows, healthThresholds.sentinels, {
    name: 'sentinels',
    sentence: `${shown.length} of ${rows.length} answers have sentinel tokens such as <extra_id_0>`,
    hint: 'the model fills in spans as in its pre-training, so teach it longer',
  })
}

const sentinelText = /<extra_id_\d+>/u

function empty(rows: readonly AnsweredRow[], context: HealthContext): HealthFinding | undefined {
  // An answer of nothing but sentinels is blank where they are left out of the text.
  const blank = rows.filter(({ prediction, sentinels: count = 0 }) => isBlank(prediction) && count === 0)
  const wrong = blank.filter(({ reference }) => !isBlank(reference))
  const wanted = rows.filter(({ reference }) => isBlank(reference)).length
  if ((blank.length - wanted) / rows.length < healthThresholds.empty.found) return undefined
  const full = wrong.filter(({ finish }) => finish === 'limit').length
  const filled = full === 0 ? '' : `, ${full} of them blanks up to the limit on their length`
  return byShare(wrong, rows, healthThresholds.empty, {
    name: 'empty',
    sentence: `${wrong.length} of ${rows.length} answers are empty${filled}`,
    hint: `${onward(context)}, and look for empty targets among the training rows`,
  })
}

function oneAnswer(rows: readonly AnsweredRow[], context: HealthContext): HealthFinding | undefined {
  const { oneAnswer: limits, oneAnswerMore, oneReference } = healthThresholds
  const [answer, count] = mostFrequent(rows.map(({ prediction }) => prediction.trim()))
  const [, referenceCount] = mostFrequent(rows.map(({ reference }) => reference.trim()))
  if (answer === '') return undefined
  const [share, usual] = [count / rows.length, referenceCount / rows.length]
  const always = share >= 0.99 && usual < oneReference
  if (!always && (share < limits.found || share < usual + oneAnswerMore.found)) return undefined
  const alike = referenceCount < 2 ? 'no two references are alike' : `of the references ${referenceCount} are alike`
  return {
    name: 'one-answer',
    count,
    of: rows.length,
    sentence: `${count} of ${rows.length} answers are ${quoted(answer)}, and ${alike}`,
    hint: `${onward(context)}, and see whether the training rows have one target too often`,
    collapsed: share >= limits.collapsed && share >= usual + oneAnswerMore.collapsed,
  }
}

function alwaysNone(rows: readonly AnsweredRow[], context: HealthContext): HealthFinding | undefined {
  const { alwaysNone: limits, withLabels } = healthThresholds
  const wanted = rows.filter(({ labels }) => labels !== undefined && labels.length > 0)
  const none = rows.filter(
    ({ prediction, predictedLabels, unknown = [] }) =>
      predictedLabels?.length === 0 && unknown.length === 0 && prediction.trim() !== '',
  )
  if (wanted.length === 0 || wanted.length / rows.length < withLabels) return undefined
  return byShare(
    none,
    rows,
    { ...limits, collapsed: limits.found },
    {
      name: 'always-none',
      sentence: `${none.length} of ${rows.length} answers say that there is no label, which ${rows.length - wanted.length} references do`,
      hint: onward(context),
    },
  )
}

function copied(rows: readonly AnsweredRow[], prefix: string): HealthFinding | undefined {
  const copies = rows.filter(({ source, prediction }) => isCopy(prediction, source, prefix))
  const wrong = copies.filter(({ reference, prediction }) => !lettersOf(reference).startsWith(lettersOf(prediction)))
  const wanted = rows.filter(({ source, reference }) => isCopy(reference, source, prefix)).length
  if ((copies.length - wanted) / rows.length < healthThresholds.copied.found) return undefined
  return byShare(wrong, rows, healthThresholds.copied, {
    name: 'copied',
    sentence: `${wrong.length} of ${rows.length} answers copy the source`,
    hint: 'teach it longer, and see whether the prefix is the one it was taught with and the target the right column',
  })
}

function isCopy(text: string, source: string, prefix: string): boolean {
  const letters = lettersOf(text)
  if (letters === '') return false
  const beginnings = [lettersOf(source), lettersOf(prefix + source)]
  if (beginnings.includes(letters)) return true
  return letters.length >= healthThresholds.copiedLetters && beginnings.some((text) => text.startsWith(letters))
}

function wrongScript(rows: readonly AnsweredRow[]): HealthFinding | undefined {
  const all = writingOf(rows.map(({ reference }) => reference).join('\n'))
  const letters = sum(all.values())
  if (letters === 0) return undefined
  const used = new Set(
    [...all].filter(([, count]) => count / letters >= healthThresholds.rareScript).map(([name]) => name),
  )
  const wrong = rows.filter(({ prediction, reference }) => {
    const own = writingOf(reference)
    const writing = writingOf(prediction)
    const strange = [...writing].filter(([name]) => !used.has(name) && !own.has(name))
    return sum(strange.map(([, count]) => count)) > sum(writing.values()) / 2
  })
  const [example] = wrong
  const found = example === undefined ? '' : [...writingOf(example.prediction)].sort(([, a], [, b]) => b - a)[0]![0]
  return byShare(wrong, rows, healthThresholds.wrongScript, {
    name: 'wrong-script',
    sentence: `${wrong.length} of ${rows.length} answers are in another script (${found}) than the references (${[...used].join(', ')})`,
    hint: 'see whether the tokenizer has the letters of the targets (reteach tokenize), and whether the prefix asks for this task',
  })
}

function cut(rows: readonly AnsweredRow[]): HealthFinding | undefined {
  const long = rows.filter(({ finish, prediction }) => finish === 'limit' && !isBlank(prediction))
  return byShare(
    long,
    rows,
    { ...healthThresholds.cut, collapsed: Infinity },
    {
      name: 'cut',
      sentence: `${long.length} of ${rows.length} answers are cut by the limit on their length`,
      hint: 'raise "max_new_tokens" (or "max_length") under "generate", unless they repeat themselves',
    },
  )
}

function noScore(rows: readonly AnsweredRow[], { scores = [], loss }: HealthContext): HealthFinding | undefined {
  const { noScore: nothing, lossFell } = healthThresholds
  if (loss === undefined || scores.length === 0) return undefined
  if (!(loss.last <= loss.first * lossFell) || scores.some(({ share }) => !(share < nothing))) return undefined
  const high = scores.flatMap(({ name, worst }) => (worst === undefined ? [name] : []))
  const low = scores.flatMap(({ name, worst }) =>
    worst === undefined ? [] : [`${name} stayed at about ${worst} or more`],
  )
  const stayed = [...(high.length === 0 ? [] : [`${high.join(', ')} stayed at nothing`]), ...low].join(', ')
  return {
    name: 'no-score',
    count: rows.length,
    of: rows.length,
    sentence: `The loss fell from ${loss.first.toPrecision(3)} to ${loss.last.toPrecision(3)} while ${stayed}`,
    hint: 'teach it longer, as a low loss of each token says little of whole answers',
    collapsed: true,
  }
}

/** Only a loss that has risen points at the learning rate. */
function onward({ loss }: HealthContext): string {
  return loss !== undefined && loss.last > loss.first
    ? `lower the learning rate, as the loss rose from ${loss.first.toPrecision(3)} to ${loss.last.toPrecision(3)}`
    : 'teach it longer'
}

function isBlank(text: string): boolean {
  return text.trim() === ''
}

function byShare(
  shown: readonly AnsweredRow[],
  rows: readonly AnsweredRow[],
  limits: { readonly found: number; readonly collapsed: number },
  finding: Pick<HealthFinding, 'name' | 'sentence' | 'hint'>,
): HealthFinding | undefined {
  const share = shown.length / rows.length
  if (share < limits.found) return undefined
  return { ...finding, count: shown.length, of: rows.length, collapsed: share >= limits.collapsed }
}

function mostFrequent(texts: readonly string[]): [string, number] {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), ['', 0])
}

/** Letters and digits alone, so that spaces and signs that a tokenizer changes do not hide a copy. */
function lettersOf(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '')
}

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
