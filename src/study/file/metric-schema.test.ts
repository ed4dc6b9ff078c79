import { expect, it } from 'vitest'
import * as z from 'zod'
import { lengthKind } from '../../../test/rig/outside-metric.ts'
import { metricKinds } from '../../metrics/registry.ts'
import { metricSchema } from './metric-schema.ts'

it('metricSchema() takes a metric from outside with its options', () => {
  const schema = metricSchema(z.string(), [...metricKinds, lengthKind])
  for (const entry of ['length-gap', 'bleu', { metric: 'length-gap', no_spaces: true, unit: 'words' }]) {
    expect(schema.safeParse(entry).success).toBe(true)
  }
  expect(metricSchema(z.string()).safeParse('length-gap').success).toBe(false)
  expect(schema.safeParse({ metric: 'length-gap', unit: 'lines' }).success).toBe(false)
  const { anyOf } = z.toJSONSchema(schema) as { anyOf: { properties?: Record<string, object> }[] }
  expect(anyOf[1]!.properties).toMatchObject({
    unit: { enum: ['letters', 'words'], description: 'Length: what is counted' },
    no_spaces: { type: 'boolean', description: 'Length: count no spaces' },
    word_order: { description: 'chrF: longest word n-gram; 2 is chrF++' },
  })
})
