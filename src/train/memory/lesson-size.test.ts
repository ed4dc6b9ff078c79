import { expect, test } from 'vitest'
import { lessonFromOptions } from '../../lesson/lesson-settings.ts'
import { parseT5Config } from '../../model/t5/config.ts'
import { t5Architecture } from '../../model/t5/t5-family.ts'
import { optimizerOf } from '../optimizer-of.ts'
import { lessonSize } from './lesson-size.ts'

test('lessonSize() of mT5-small: AdamW keeps two numbers a parameter, Adafactor less than one a hundred', () => {
  const mt5 = t5Architecture(parseT5Config({ model_type: 'mt5' }, 'mt5-small'))
  const size = (options: object): ReturnType<typeof lessonSize> =>
    lessonSize(mt5, optimizerOf(lessonFromOptions({ learningRate: 1e-3, batch: 4, steps: 9, ...options })))
  const parameters = 300_176_768
  expect(size({})).toEqual({ parameters, optimizerBytes: parameters * 8 })
  const adafactor = size({ optimizer: 'adafactor' })
  expect(adafactor.optimizerBytes).toBeLessThan(parameters * 4 * 0.01)
  // Its two largest tables have a mean for each of 250,112 rows.
  expect(adafactor.optimizerBytes).toBeGreaterThan(2 * 250_112 * 4)
  expect(size({ optimizer: 'adafactor', adafactorBeta1: 0.9 }).optimizerBytes).toBe(
    adafactor.optimizerBytes + parameters * 4,
  )
})
