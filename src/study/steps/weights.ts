import { type OutsideInput, outsideFiles } from '../contents/outside-input.ts'
import { asJson, type Json, type StepKey } from '../keys.ts'

/** Where a model's weights come from. */
export type Weights =
  | { readonly kind: 'step'; readonly key: StepKey }
  | {
      readonly kind: 'folder'
      readonly folder: string
      /** What tells its files from others. */
      readonly content: Json
    }
  | {
      readonly kind: 'scratch'
      readonly config: Readonly<Record<string, unknown>>
      readonly tokenizer: string
      /** What tells the tokenizer's files from others. */
      readonly tokenizerContent: Json
      readonly seed: number
    }

/** What tells weights from others in the key of a step that begins with them. */
export function weightsInputs(weights: Weights): Json {
  switch (weights.kind) {
    case 'step':
      // The key of the lesson stands for all that it was taught with.
      return { teach: weights.key }
    case 'folder':
      // The content of the model's files, not their names: a moved model is the same model.
      return { model: weights.content }
    case 'scratch':
      // The shapes, what its vocabulary comes from, and what its first weights are drawn with.
      return { scratch: asJson(weights.config), tokenizer: weights.tokenizerContent, seed: weights.seed }
  }
}

/** The files beside the store that weights are read from. */
export function outsideWeights(weights: Weights): OutsideInput[] {
  switch (weights.kind) {
    case 'step':
      return []
    case 'folder':
      return [outsideFiles(weights.folder, weights.content)]
    case 'scratch':
      return [outsideFiles(weights.tokenizer, weights.tokenizerContent)]
  }
}
