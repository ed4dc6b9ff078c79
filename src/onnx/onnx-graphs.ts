import type { FileGraph } from '../graph/file-tensor.ts'
import type { Architecture } from '../model/family.ts'
import { quantizeGraph, wholeGraph } from './quantize-graph.ts'

/** How the numbers of an ONNX file are held, by transformers.js' name of it, and the ending of its file names. */
export const onnxKinds = { fp32: '', q8: '_quantized' } as const

export type OnnxKind = keyof typeof onnxKinds

/** Of a kind, the files of a folder for transformers.js. */
export function onnxFileNames(kind: OnnxKind): string[] {
  return ['encoder_model', 'decoder_model_merged'].map((name) => `onnx/${name}${onnxKinds[kind]}.onnx`)
}

/** The graphs of a model by the names that transformers.js gives their files, without `.onnx`. */
export function onnxGraphs(architecture: Architecture, kinds: readonly OnnxKind[]): Map<string, FileGraph> {
  const { encoder, decoder } = architecture.exportedGraphs()
  const named = Object.entries({ encoder_model: encoder, decoder_model_merged: decoder })
  return new Map(
    kinds.flatMap((kind) => {
      const held = kind === 'q8' ? quantizeGraph : wholeGraph
      return named.map(([name, graph]) => [`${name}${onnxKinds[kind]}`, held(graph)] as const)
    }),
  )
}
