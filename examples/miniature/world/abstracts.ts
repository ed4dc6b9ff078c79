import type { Random } from '../../../src/base/random.ts'
import { chance, fill, pick, pickWeighted, sentenceCase } from './draw.ts'

export interface Abstract {
  readonly abstract: string
  readonly title: string
  /** What the title may say of it. */
  readonly kind: 'method' | 'survey' | 'benchmark' | 'duel' | 'failure'
  readonly field: string
  /** Another paper's method, where the abstract names one. */
  readonly rival: string | undefined
}

const methodKinds = [
  'sparse',
  'deep',
  'robust',
  'modular',
  'causal',
  'lazy',
  'greedy',
  'convex',
  'random',
  'local',
  'latent',
  'fuzzy',
  'shallow',
  'quantum',
]
const methodHeads = [
  'trees',
  'kernels',
  'networks',
  'filters',
  'grammars',
  'planners',
  'agents',
  'graphs',
  'rules',
  'codes',
  'memories',
  'prompts',
]
const fields = [
  'traffic',
  'weather',
  'crop',
  'patient',
  'music',
  'market',
  'river',
  'library',
  'robot',
  'battery',
  'language',
  'galaxy',
]
const jobs = ['forecasting', 'sorting', 'diagnosis', 'routing', 'retrieval', 'repair', 'mapping', 'detection']
/** A difficulty, with the word that a title joins it with. */
const settings: readonly (readonly [joint: string, setting: string])[] = [
  ['with', 'noisy labels'],
  ['with', 'missing values'],
  ['with', 'small samples'],
  ['with', 'slow sensors'],
  ['with', 'private data'],
  ['under', 'tight budgets'],
  ['under', 'changing goals'],
  ['under', 'long delays'],
  ['in', 'open worlds'],
  ['in', 'big cities'],
  ['on', 'old machines'],
  ['on', 'small devices'],
]

const background = [
  '[Today|Now] {job} is [used|needed] in [many places|every town].',
  'The problem of {job} is [hard|old|open].',
  'Much is [known|said] of {job}, but [few|no] tools work.',
  'People who [need|pay for] {job} want fast answers.',
  'How {job} should work is [not known|open].',
]
const rivals = [
  'Old work used {rival}, which [are slow|cost too much].',
  'The old answer is to use {rival}, but they [break|fail].',
  'Unlike {rival}, our models need [no|few] rules of thumb.',
  'We start from {rival} and their [limits|errors].',
]
const proposals = [
  'We [propose|show|present] {method} that [learn fast|close this gap|need no help].',
  'This paper [shows|presents] {method} [step by step|at work].',
  'Our answer is to train {method} [in two steps|on open data].',
  'A new kind of {method} is [built|shown|tested].',
]
const hardships = [
  'We [look at|care for] the case of {setting}.',
  'All tests are run {joint} {setting}.',
  'The work is made for use {joint} {setting}.',
  'What makes this hard is life {joint} {setting}.',
]
const results = [
  'Our results beat {rival} by {number} percent.',
  'The error falls by {number} percent.',
  'Tests with {number} users show the gain.',
  'Code and models are [free|open].',
  'We train for {number} minutes on one machine.',
]
const surveys = ['We [review|read] {number} papers and sort them by goal.', 'This survey looks at {number} papers.']
const benchmarks = [
  'We [release|share] {number} examples for tests of models.',
  'A new benchmark with {number} tests is shown.',
]
const duels = [
  'We [compare|test] {method} and {second} side by side.',
  'Two kinds, {method} and {second}, are compared.',
]
const failures = ['We show that {method} fail at this and why.', 'This paper asks why {method} do not work here.']

/**
 * An invented abstract of four or five sentences and its title. The title's kind (new method, survey, benchmark, duel,
 * failure) and every name in it follow from the abstract; the abstract also names a rival method that is not in it.
 */
export function drawAbstract(random: Random): Abstract {
  const method = drawMethod(random)
  const second = drawMethod(random, method)
  const rival = drawMethod(random, method, second)
  const field = pick(random, fields)
  const job = `${field} ${pick(random, jobs)}`
  const [joint, setting] = pick(random, settings)
  const hard = chance(random, 0.5)
  const kind = pickWeighted(random, [
    ['method', 5],
    ['survey', 1],
    ['benchmark', 1],
    ['duel', 1],
    ['failure', 1],
  ] as const)
  const core = { method: proposals, survey: surveys, benchmark: benchmarks, duel: duels, failure: failures }[kind]
  const topic = hard ? `${job} ${joint} ${setting}` : job
  const title = {
    method: `${method} for ${topic}`,
    survey: `a survey of ${topic}`,
    benchmark: `a benchmark for ${topic}`,
    duel: `${method} or ${second} for ${topic}?`,
    failure: `why ${method} fail at ${topic}`,
  }[kind]
  const slots = () => ({ method, second, rival, job, joint, setting, number: String(2 + random.below(98)) })
  const sentence = (templates: readonly string[]) => fill(random, pick(random, templates), slots())
  const middle = [
    sentence(core),
    ...(hard ? [sentence(hardships)] : []),
    ...(chance(random, 0.6) ? [sentence(rivals)] : []),
  ]
  const order = random.permutation(middle.length)
  const sentences = [sentence(background), ...Array.from(order, (at) => middle[at]!), sentence(results)]
  const abstract = sentences.join(' ')
  return { abstract, title: sentenceCase(title), kind, field, rival: abstract.includes(rival) ? rival : undefined }
}

/** A method's name that shares no word with the others. */
function drawMethod(random: Random, ...others: readonly string[]): string {
  const used = new Set(others.flatMap((name) => name.split(' ')))
  const free = (words: readonly string[]) => words.filter((word) => !used.has(word))
  return `${pick(random, free(methodKinds))} ${pick(random, free(methodHeads))}`
}
