import { expect, it } from 'vitest'
import { Fault } from '../base/fault.ts'
import { bleuMetric, corpusBleu, sentenceBleu } from './bleu.ts'
import { chrf, chrfMetric } from './chrf.ts'
import { labelsMetric, multiLabelScores } from './labels.ts'
import { rougeMetric, rougeScores } from './rouge.ts'
import { crossedTest } from './statistics/crossed-test.ts'
import { smallestDetectableDifference } from './statistics/detectable-difference.ts'
import { holmCorrection } from './statistics/holm.ts'
import { pairedTTest, tInterval, wilsonInterval } from './statistics/intervals.ts'
import { mcNemarTest } from './statistics/mcnemar.ts'
import { approximateRandomisation, bootstrapIntervals, pairedBootstrap } from './statistics/resampling.ts'

const texts = ['a b', 'c d']
const metric = bleuMetric()
const found = metric.statistics(texts, texts)
const wrong = (name: string, words: string): string => `Wrong value of "${name}": it must be ${words}`
const references = wrong('references', 'a list of lists of texts, each with a reference for every example')
const statistics = "what a metric's statistics() gives"
const seeds = "a list of what a metric's statistics() gives, one a seed"
const scorer = 'a metric, as bleuMetric() gives'

type Called = (...given: never[]) => unknown

/** What a program without types may call. */
const called: readonly (readonly [Called, readonly unknown[], string])[] = [
  ...[corpusBleu, sentenceBleu, chrf, rougeScores].flatMap((score): [Called, unknown[], string][] => [
    [score, [], 'Missing "predictions"'],
    [score, ['text'], wrong('predictions', 'a list of texts')],
    [score, [[1], ['a']], wrong('predictions', 'a list of texts')],
    [score, [Promise.resolve(texts), [texts]], 'Wrong value of "predictions": it is a promise, wait for what it gives'],
    [score, [texts], 'Missing "references"'],
    [score, [texts, texts], references],
    [score, [texts, [['a', undefined]]], references],
    [score, [texts, [texts], 'x'], 'it must be an object'],
    [score, [texts, [texts], { stem: true }], 'Unknown option "stem"'],
  ]),
  [corpusBleu, [texts, [texts], { tokenise: 'zh' }], 'Unknown option "tokenise": did you mean "tokenize"?'],
  [corpusBleu, [texts, [texts], { tokenize: 'cn' }], 'it must be "13a" or "zh" or'],
  [corpusBleu, [texts, [texts], { maxNgramOrder: 1e9 }], wrong('maxNgramOrder', 'a whole number of 1 to 100')],
  [bleuMetric, [{ smoothValue: Number.NaN }], wrong('smoothValue', 'a number of at least 0')],
  [bleuMetric, [{ references: 0 }], wrong('references', 'a whole number of at least 1, or "var"')],
  [chrf, [texts, [texts], { beta: Number.NaN }], wrong('beta', 'a number above 0')],
  [chrfMetric, [null], wrong('options', 'an object')],
  [rougeMetric, [{ stemmer: 'no' }], wrong('stemmer', 'true or false')],
  [labelsMetric, [], 'Missing "options"'],
  [labelsMetric, [{}], 'Missing "labels"'],
  [labelsMetric, [{ labels: ['a'], zeroDivision: 2 }], wrong('zeroDivision', '0 or 1')],
  [
    multiLabelScores,
    [texts, [['a'], ['b']], { labels: ['a'] }],
    wrong('predictions', 'a list of lists of labels, which are texts'),
  ],
  [metric.statistics as Called, [texts, null], references],
  [metric.warnings as Called, [texts, null], references],
  [metric.score as Called, [], 'Missing "statistics"'],
  [metric.score as Called, [found, [2]], 'Cannot score rows that are not among the 2 examples'],
  [tInterval, ['12'], wrong('values', 'a list of numbers')],
  [tInterval, [[1, 2], 0.95, -1], wrong('overlap', 'a number of at least 0')],
  [
    pairedTTest,
    [
      [Number.NaN, 1],
      [1, 2],
    ],
    wrong('a', 'a list of numbers'),
  ],
  [wilsonInterval, ['1', 2], wrong('hits', 'a number')],
  [holmCorrection, [], 'Missing "pValues"'],
  [
    mcNemarTest,
    [
      [true, false],
      [false, true],
    ],
    wrong('a', 'a list of numbers'),
  ],
  [smallestDetectableDifference, [1, 5], wrong('alpha', 'a number between 0 and 1')],
  [bootstrapIntervals, ['bleu', found], wrong('metric', scorer)],
  [bootstrapIntervals, [metric, texts], wrong('statistics', statistics)],
  [bootstrapIntervals, [metric, { ...found, values: [] }], wrong('statistics', statistics)],
  [pairedBootstrap, [metric, found, found, { sample: 9 }], 'Unknown option "sample": did you mean "samples"?'],
  [
    approximateRandomisation,
    [metric, found, found, { samples: 1e12 }],
    wrong('samples', 'a whole number of 1 to 100000000'),
  ],
  [crossedTest, [metric, found, [found], { field: 'bleu' }], wrong('arm', seeds)],
  [crossedTest, [metric, [found], [found]], 'Missing "options"'],
  [crossedTest, [metric, [found], [found], { field: 'blue' }], wrong('field', '"bleu"')],
]

it.each(called.map(([call, given, sentence]) => [call.name, given, sentence, call] as const))(
  '%s() says in words what is wrong with %j',
  (_, given, sentence, call) => {
    const told = (): unknown => call(...(given as never[]))
    expect(told).toThrow(sentence)
    if (!sentence.startsWith('Cannot')) expect(told).toThrow(Fault)
  },
)
