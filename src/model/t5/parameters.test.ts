import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { elementCount } from '../../graph/tensor.ts'
import { parseT5Config } from './config.ts'
import { t5Parameters } from './parameters.ts'

const fixtures = join(import.meta.dirname, '../../../test/fixtures')

function configOf(model: string) {
  const path = join(fixtures, 'models', model, 'config.json')
  return parseT5Config(JSON.parse(readFileSync(path, 'utf8')), path)
}

test.each(['tiny-t5', 'tiny-mt5', 'tiny-flan-t5', 'small-silu', 'small-relu', 'small-umt5', 'small-umt5-tied'])(
  't5Parameters() spares what Seq2SeqTrainer spares: %s',
  (model) => {
    const trajectory = JSON.parse(readFileSync(join(fixtures, 'parity', model, 'trajectory.json'), 'utf8')) as {
      no_decay: string[]
    }
    const spared = t5Parameters(configOf(model)).filter(({ decay }) => !decay)
    expect(spared.map(({ name }) => name)).toEqual(trajectory.no_decay)
  },
)

test('t5Parameters() counts mT5-small as 300,176,768', () => {
  const config = parseT5Config({ model_type: 'mt5' }, 'mt5-small')
  const total = t5Parameters(config).reduce((sum, { shape }) => sum + elementCount(shape), 0)
  expect(total).toBe(300_176_768)
})
