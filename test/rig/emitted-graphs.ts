import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GraphBuilder } from '../../src/graph/builder.ts'
import { serialize } from '../../src/graph/serialize.ts'
import { parseT5Config, type T5Config } from '../../src/model/t5/config.ts'
import { t5DecoderStepGraph, t5EncoderGraph } from '../../src/model/t5/generation-graph.ts'
import { t5LessonGraph } from '../../src/model/t5/lesson-graph.ts'
import { parityGoldens } from './goldens.ts'

const fixtures = join(import.meta.dirname, '../fixtures')
export const graphHashesFile = join(fixtures, 'graph-hashes/hashes.json')

const emitted: Readonly<Record<string, (config: T5Config) => GraphBuilder>> = {
  lesson: (config) => t5LessonGraph(config, { gradients: true, dropout: true }).graph,
  'lesson without dropout': (config) => t5LessonGraph(config, { gradients: true, dropout: false }).graph,
  'later micro-batches': (config) => t5LessonGraph(config, { gradients: true, dropout: true, accumulate: true }).graph,
  loss: (config) => t5LessonGraph(config, { gradients: false, dropout: false }).graph,
  encoder: (config) => t5EncoderGraph(config).graph,
  'decoder step': (config) => t5DecoderStepGraph(config).graph,
}

/** The sha256 of every graph that is emitted for each configuration among the fixtures. */
export function graphHashes(): Record<string, Record<string, string>> {
  const models = parityGoldens.map(({ name, model }): [string, unknown] => {
    return [name, JSON.parse(readFileSync(join(model, 'config.json'), 'utf8'))]
  })
  const cases = JSON.parse(readFileSync(join(fixtures, 'configs/cases.json'), 'utf8')) as { config: unknown }[]
  const configs = [...models, ...cases.map(({ config }): [string, unknown] => [JSON.stringify(config), config])]
  return Object.fromEntries(
    configs.map(([name, json]) => {
      const config = parseT5Config(json, name)
      const hashes = Object.entries(emitted).map(([graph, build]) => [graph, sha256(serialize(build(config)))])
      return [name, Object.fromEntries(hashes)]
    }),
  )
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
