import { seededRandom } from '../src/base/random.ts'
import { chance, drawDistinct, fill, pick, sentenceCase } from './miniature/world/draw.ts'

const rows = 600

/**
 * The starter study's tables by name, the same for the same seed. All of it is invented: every row is put together from
 * the few words and sentences below. No two abstracts have one title, and no review occurs twice.
 */
export function starterRows(seed: number): Map<string, string> {
  const taken = new Set<string>()
  const forTitles = seededRandom([seed, 1])
  const titled = drawDistinct(
    rows,
    taken,
    () => drawAbstract(forTitles),
    (row) => [row.abstract, row.title],
  )
  const forReviews = seededRandom([seed, 2])
  const reviews = drawDistinct(
    rows,
    taken,
    () => drawReview(forReviews),
    (row) => [row.review],
  )
  return new Map([
    [
      'abstracts.csv',
      table(
        'abstract,title',
        titled.map((row) => [row.abstract, row.title]),
      ),
    ],
    [
      'reviews.csv',
      table(
        'review,labels',
        reviews.map((row) => [row.review, row.labels]),
      ),
    ],
  ])
}

const fields = ['traffic', 'weather', 'crop', 'patient', 'music', 'market', 'river', 'library', 'robot', 'galaxy']
const jobs = ['sorting', 'diagnosis', 'routing', 'repair', 'mapping', 'detection', 'retrieval', 'forecasting']
const methods = [
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
]
const openings = [
  'The problem of {job} is [hard|old|open].',
  'People who [need|pay for] {job} want fast answers.',
  '[Today|Now] {job} is [used|needed] in [many places|every town].',
]
const endings = [
  'Tests with {number} users show the gain.',
  'The error falls by {number} percent.',
  'Code and models are [free|open].',
]
/** What a paper does, and the title that follows from it. */
const papers: readonly (readonly [sentences: readonly string[], title: string])[] = [
  [['We [propose|show|present] {method}.', 'Our answer is to train {method}.'], '{method} for {job}'],
  [
    ['We show that {method} fail at this.', 'This paper asks why {method} do not work here.'],
    'why {method} fail at {job}',
  ],
  [['We [review|read] {number} papers.', 'This survey looks at {number} papers.'], 'a survey of {job}'],
]

function drawAbstract(random: ReturnType<typeof seededRandom>): { abstract: string; title: string } {
  const job = `${pick(random, fields)} ${pick(random, jobs)}`
  const method = pick(random, methods)
  const [sentences, title] = pick(random, papers)
  const texts = [openings, sentences, endings].map((templates) =>
    fill(random, pick(random, templates), { job, method, number: String(2 + random.below(98)) }),
  )
  return { abstract: texts.join(' '), title: sentenceCase(fill(random, title, { job, method })) }
}

const complaints: Readonly<Record<string, readonly string[]>> = {
  Cost: [
    '[Coffee|Tea|Soup] costs [more every week|too much here].',
    'They charged me {number} dollars.',
    'The prices went up again.',
  ],
  BadFood: [
    'My [burger|salad|soup] [was|came] [cold|burnt|raw].',
    'The [coffee|tea|shake] tasted [sour|like soap].',
    'I got sick after I had the [burger|salad|soup].',
  ],
  SlowService: [
    'I waited {number} minutes [in line|for my order|at the window].',
    'The line [never moves|is so slow].',
    'It took an hour to get a [coffee|tea|shake].',
  ],
}
/** Sentences that complain of nothing, and the label that they would contradict. */
const others: readonly (readonly [sentence: string, label?: string])[] = [
  ['I come here [with my kids|after work|once a week].'],
  ['This place is by my [home|school|office].'],
  ['They play [old|loud|soft] songs.'],
  ['The prices are fair.', 'Cost'],
  ['The [coffee|tea|soup|salad] was [good|fresh|hot].', 'BadFood'],
  ['I waited only a minute [in line|for my order].', 'SlowService'],
]

function drawReview(random: ReturnType<typeof seededRandom>): { review: string; labels: string } {
  const sentence = (templates: readonly string[]) =>
    fill(random, pick(random, templates), { number: String(20 + random.below(70)) })
  const labels = Object.keys(complaints).filter(() => chance(random, 0.4))
  const fair = others.flatMap(([template, label]) => (label !== undefined && labels.includes(label) ? [] : [template]))
  const sentences = [
    ...labels.map((label) => sentence(complaints[label]!)),
    ...Array.from({ length: 1 + random.below(2) }, () => sentence(fair)),
  ]
  const order = random.permutation(sentences.length)
  return { review: Array.from(order, (at) => sentences[at]!).join(' '), labels: labels.join('|') || 'na' }
}

function table(head: string, lines: readonly (readonly string[])[]): string {
  const cell = (text: string) => (/[",]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  return `${[head, ...lines.map((cells) => cells.map(cell).join(','))].join('\n')}\n`
}
