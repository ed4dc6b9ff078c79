import { processorDialect } from '../../graph/dialect.ts'
import type { Architecture, ModelFamily } from '../family.ts'
import { absorbsProjections } from './absorbed-attention.ts'
import { largestTensor, type PassExtents, packBatch, passExtents } from './batch.ts'
import { parseT5Config, type T5Config } from './config.ts'
import { t5ConfigKeys, t5FloatKeys } from './config-keys.ts'
import { t5ExportedGraphs } from './exported-graphs.ts'
import { t5Generation } from './generation.ts'
import { initializeParameter } from './initialize.ts'
import { t5LessonGraph } from './lesson-graph.ts'
import { t5Parameters } from './parameters.ts'
import { savedT5Config, savedT5Tensors } from './saved-files.ts'
import { matchStoredT5 } from './stored-names.ts'

/** T5, T5 v1.1, Flan-T5, mT5, umT5 and ByT5. */
export const t5Family: ModelFamily = {
  parse: (json, file) => t5Architecture(parseT5Config(json, file)),
  configKeys: t5ConfigKeys,
  floatKeys: t5FloatKeys,
}

/** What follows from a T5's config. */
export function t5Architecture(config: T5Config): Architecture {
  const { vocabSize, padTokenId, eosTokenId, decoderStartTokenId, dropoutRate, raw } = config
  const parameters = t5Parameters(config)
  const places = new Map(parameters.map(({ name }, place) => [name, place]))
  return {
    familyName: 'T5',
    vocabSize,
    padTokenId,
    eosTokenId,
    decoderStartTokenId,
    dropoutRate,
    raw,
    parameters,
    fillStart: (name, seed, data) => initializeParameter(config, name, [seed, places.get(name)!], data),
    withPieces(pieces) {
      const id = (piece: number): number => pieces.indexOf(piece)
      const ids = {
        padTokenId: id(padTokenId),
        eosTokenId: id(eosTokenId),
        decoderStartTokenId: id(decoderStartTokenId),
      }
      return t5Architecture({ ...config, ...ids, vocabSize: pieces.length })
    },
    lessonGraph: (options) => t5LessonGraph(config, options),
    extents: passExtents,
    hasShortTargets: (extents, dialect = processorDialect) =>
      dialect.fewestOperations && absorbsProjections(config, extents as PassExtents),
    largestTensor: (examples) => largestTensor(config, examples),
    packBatch: (examples) => packBatch(config, examples),
    generation: (dialect) => t5Generation(config, dialect),
    exportedGraphs: () => t5ExportedGraphs(config),
    matchStored(tensors, path) {
      const { config: settled, ...match } = matchStoredT5(config, tensors, path)
      return { architecture: t5Architecture(settled), ...match }
    },
    savedTensors: () => savedT5Tensors(config),
    savedConfig: () => savedT5Config(config),
  }
}
