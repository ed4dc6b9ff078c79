import type { Random } from '../../../src/base/random.ts'
import { chance, fill, pick, pickWeighted } from './draw.ts'

export const reviewLabels = [
  'OrderProblem',
  'BadFood',
  'SlowService',
  'Filthy',
  'RudeService',
  'Cost',
  'ScaryMcDs',
  'MissingFood',
] as const
export type ReviewLabel = (typeof reviewLabels)[number]

export interface Review {
  readonly review: string
  /** One label a line, `na` or nothing for none, as in the file that the paper used. */
  readonly policies_violated: string
}

/** How often each label is drawn, in the proportions of the file that the paper used. */
const frequency: readonly (readonly [ReviewLabel, number])[] = [
  ['RudeService', 503],
  ['SlowService', 363],
  ['OrderProblem', 336],
  ['BadFood', 261],
  ['ScaryMcDs', 135],
  ['Filthy', 130],
  ['MissingFood', 54],
  ['Cost', 54],
]
/** How many labels a review gets, in the same file's proportions. */
const labelsPerReview: readonly (readonly [number, number])[] = [
  [0, 24],
  [1, 43],
  [2, 25],
  [3, 6],
  [4, 2],
]

const who = '[cashier|manager|girl|man at the window|lady]'
const dish = '[fries|burger|nuggets|salad]'
const drinks = ['coffee', 'shake', 'soda', 'tea']
const drink = `[${drinks.join('|')}]`
const victim = '[me|my kids|an old man|everyone]'

const complaints: Readonly<Record<ReviewLabel, readonly string[]>> = {
  OrderProblem: [
    `They gave me the wrong ${dish}.`,
    'I [asked for|ordered] a {drink} [and|but] got a {other}.',
    'They [never|can not] get my order right.',
    'My order was [wrong|mixed up] [again|as always].',
    'Look at your bag, it is not what you ordered.',
  ],
  BadFood: [
    `My ${dish} [was|came] [cold|burnt|raw].`,
    `The ${drink} [tasted|smelled] [sour|like soap].`,
    `I got sick after I had the ${dish}.`,
    `The ${dish} tasted like [paper|salt].`,
  ],
  SlowService: [
    'I [waited|sat] {number} minutes [in line|for my order|at the window].',
    'The line [never moves|is so slow].',
    'This is the slowest place in town.',
    `It took [forever|an hour] to get a ${drink}.`,
  ],
  Filthy: [
    'The [floor|table|bathroom] was [sticky|filthy].',
    'There were [flies|hairs] on the [table|floor].',
    'No one cleans this place.',
    'The bathroom smelled bad.',
  ],
  RudeService: [
    `The ${who} [yelled at|laughed at] ${victim}.`,
    `The ${who} was so [rude|mean] to ${victim}.`,
    `I asked for help [and|but] the ${who} looked away.`,
    'They treat people [badly|like dirt].',
    `The ${who} threw my bag at me.`,
  ],
  Cost: [
    `I had to pay [twice|too much] for a ${drink}.`,
    `{number} dollars for a ${dish} is too much.`,
    'It costs more [again|every week].',
  ],
  ScaryMcDs: [
    'There was a fight in the [line|parking lot].',
    'A [drunk|strange] man [followed|scared] us.',
    'I never feel safe here at night.',
    'People sell drugs in the parking lot.',
  ],
  MissingFood: [`They forgot my ${dish}.`, `The ${dish} [was|were] not in the bag.`, 'Half of my order was missing.'],
}

/** Sentences that name the same things without complaint, and the label that would contradict them. */
const praise: readonly (readonly [ReviewLabel, string])[] = [
  ['RudeService', `The ${who} was [kind|nice] to ${victim}.`],
  ['RudeService', `The ${who} looked at ${victim} and helped.`],
  ['BadFood', `My ${dish} was [hot|good].`],
  ['BadFood', `The ${drink} is good here.`],
  ['SlowService', 'I waited only a minute [in line|at the window].'],
  ['SlowService', 'The line moves fast.'],
  ['Filthy', 'The [floor|table|bathroom] was clean.'],
  ['OrderProblem', 'They got my order right.'],
  ['MissingFood', 'Nothing was missing from the bag.'],
  ['ScaryMcDs', 'I feel safe here.'],
  ['Cost', `A ${drink} is cheap here.`],
]
const chatter = [
  'I come here [every week|after work|with my kids].',
  'This place is [by my home|by the school].',
  'It is open all night.',
  'It is a [small|busy] place.',
  'You know what you get.',
]
const verdicts: Readonly<Record<'bad' | 'good', readonly string[]>> = {
  bad: ['I will [never|not] come back.', 'Worst place ever.', 'Stay away!', 'One star.'],
  good: ['I will come back.', 'Five stars.', 'Not bad.', 'We like it.'],
}

/**
 * An invented restaurant review with none, one or several of eight labels, as skewed as the file that the paper used.
 * One label in twenty is left out, as people who label reviews do not agree either.
 */
export function drawReview(random: Random): Review {
  const count = pickWeighted(random, labelsPerReview)
  const labels: ReviewLabel[] = []
  while (labels.length < count) {
    labels.push(
      pickWeighted(
        random,
        frequency.filter(([label]) => !labels.includes(label)),
      ),
    )
  }
  const [wanted, other] = Array.from(random.permutation(drinks.length), (at) => drinks[at]!)
  const slots = { number: String(5 + random.below(55)), drink: wanted!, other: other! }
  const sentence = (templates: readonly string[]) => fill(random, pick(random, templates), slots)
  const fair = praise.filter(([label]) => !labels.includes(label)).map(([, template]) => template)
  const body = labels.map((label) => sentence(complaints[label]))
  if (count === 0 || chance(random, 0.5)) body.push(sentence(fair))
  if (count === 0 || chance(random, 0.4)) body.push(sentence(chatter))
  if (count === 0 && chance(random, 0.5)) body.push(sentence(fair))
  const shuffled = Array.from(random.permutation(body.length), (at) => body[at]!)
  if (chance(random, 0.5)) shuffled.push(sentence(verdicts[count > 0 && chance(random, 0.9) ? 'bad' : 'good']))
  const noted = labels.filter(() => chance(random, 0.95))
  return {
    review: shuffled.join(' '),
    policies_violated: noted.length > 0 ? noted.join('\n') : chance(random, 0.85) ? 'na' : '',
  }
}
