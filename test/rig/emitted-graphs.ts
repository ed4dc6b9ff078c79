import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GraphBuilder } from '../../src/graph/builder.ts'
import { serialize } from '../../src/graph/serialize.ts'
import { parseT5Config, type T5Config } from '../../src/model/t5/config.ts'
import { t5DecoderStepGraph, t5EncoderGraph } from '../../src/model/t5/generation-graph.ts'
import { t5LessonGraph } from '../../src/model/t5/lesson-graph.ts'
import { parityGoldens } from './goldens.ts'
import { type GraphCost, graphCost } from './graph-cost.ts'

const fixtures = join(import.meta.dirname, '../fixtures')
export const graphHashesFile = join(fixtures, 'graph-hashes/hashes.json')
export const graphCostsFile = join(fixtures, 'graph-hashes/costs.json')

const emitted: Readonly<Record<string, (config: T5Config) => GraphBuilder>> = {
  lesson: (config) => t5LessonGraph(config, { gradients: true, dropout: true }).graph,
  'lesson without dropout': (config) => t5LessonGraph(config, { gradients: true, dropout: false }).graph,
  'later micro-batches': (config) => t5LessonGraph(config, { gradients: true, dropout: true, accumulate: true }).graph,
  'lesson for short targets': (config) =>
    t5LessonGraph(config, { gradients: true, dropout: true, shortTargets: true }).graph,
  loss: (config) => t5LessonGraph(config, { gradients: false, dropout: false }).graph,
  encoder: (config) => t5EncoderGraph(config).graph,
  'decoder step': (config) => t5DecoderStepGraph(config).graph,
  'decoder step of few rows': (config) => t5DecoderStepGraph(config, undefined, true).graph,
}

/**
 * The sha256 of every graph that is emitted for each configuration among the fixtures, with two layers a side at most: the third is
 * as the second.
 */
export function graphHashes(): Record<string, Record<string, string>> {
  const models = parityGoldens.map(({ name, model }): [string, unknown] => {
    return [name, JSON.parse(readFileSync(join(model, 'config.json'), 'utf8'))]
  })
  const cases = JSON.parse(readFileSync(join(fixtures, 'configs/cases.json'), 'utf8')) as { config: unknown }[]
  const configs = [...models, ...cases.map(({ config }): [string, unknown] => [JSON.stringify(config), config])]
  return Object.fromEntries(
    configs.map(([name, json]) => {
      const parsed = parseT5Config(json, name)
      const [numLayers, numDecoderLayers] = [Math.min(2, parsed.numLayers), Math.min(2, parsed.numDecoderLayers)]
      const config = { ...parsed, numLayers, numDecoderLayers }
      const hashes = Object.entries(emitted).map(([graph, build]) => [graph, sha256(serialize(build(config)))])
      return [name, Object.fromEntries(hashes)]
    }),
  )
}

/** Sizes of Flan-T5-small and mT5-small. */
const small = { d_model: 512, d_kv: 64, d_ff: 1024, num_layers: 8, num_heads: 6 }

/** What an update costs at extents of the paper's tasks, for each layout of a lesson's graph. */
export function graphCosts(): Record<string, Record<string, GraphCost>> {
  const tasks = {
    'abstracts to titles, Flan-T5-small': { vocab_size: 32128, source: 230, target: 14 },
    'translation, mT5-small': { vocab_size: 250112, source: 40, target: 35 },
  }
  const layouts = {
    'one pass': { dropout: true },
    'one pass without dropout': { dropout: false },
    'a later pass': { dropout: true, accumulate: true },
    'one pass for short targets': { dropout: true, shortTargets: true },
    'one pass with label smoothing': { dropout: true, labelSmoothing: 0.1 },
  }
  return Object.fromEntries(
    Object.entries(tasks).map(([task, { vocab_size, source: S, target: T }]) => {
      const json = {
        model_type: 't5',
        feed_forward_proj: 'gated-gelu',
        tie_word_embeddings: false,
        vocab_size,
        ...small,
      }
      const config = parseT5Config(json, task)
      const symbols = { B: 16, S, T, N: 16 * S, M: 16 * T }
      const costs = Object.entries(layouts).map(([layout, options]): [string, GraphCost] => {
        return [layout, graphCost(t5LessonGraph(config, { gradients: true, ...options }).graph, symbols)]
      })
      return [task, Object.fromEntries(costs)]
    }),
  )
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
