import { expect, test } from 'vitest'
import { example, expectAlike, lessonOutputs } from '../../../test/rig/lesson-outputs.ts'
import { type Dialect, processorDialect } from '../../graph/dialect.ts'
import { views } from '../../graph/live-bytes.ts'
import { emittedNodes } from '../../graph/serialize.ts'
import { knownConfig } from '../../pretrained/known-configs.ts'
import { parseT5Config } from './config.ts'
import { t5LessonGraph } from './lesson-graph.ts'

const poorest: Dialect = {
  packsSecond: false,
  fusedMatmul: false,
  transposesFirst: true,
  transposesWide: Number.POSITIVE_INFINITY,
  inverseRms: false,
  orderedScatter: false,
  addsInProducts: true,
  masks: 'bits',
  keepsLittle: false,
  fewestOperations: false,
  outputRows: Number.POSITIVE_INFINITY,
}

test('a lesson graph without what an engine lacks has the same losses and gradients, with dropout', async () => {
  const examples = [example([9, 4, 31, 7, 1], [8, 3, 1]), example([5, 1], [40, 8, 6, 2, 1])]
  const [rich, poor] = [processorDialect, poorest].map((dialect) => lessonOutputs('small-silu', examples, { dialect }))
  expectAlike(await poor!, await rich!)
})

test('the lesson graph of mT5-small begins no more work on a graphics card than it did', () => {
  const config = parseT5Config(knownConfig('google/mt5-small')!, 'mt5-small')
  const counts = [false, true].map((accumulate) => {
    const { graph } = t5LessonGraph(config, { gradients: true, dropout: true, accumulate, dialect: poorest })
    // A view of a buffer is no work.
    return emittedNodes(graph).filter(({ op }) => !views.has(op)).length
  })
  expect(counts).toEqual([2624, 2668])
})
