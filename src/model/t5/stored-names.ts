import type { StoredMatch, StoredPlace } from '../family.ts'
import { decidingScaleKey, type T5Config } from './config.ts'

const embeddingNames = ['shared.weight', 'encoder.embed_tokens.weight', 'decoder.embed_tokens.weight']
const headName = 'lm_head.weight'

/** In old files, and used by nothing: cross-attention has no position bias. */
const unusedNames: readonly string[] = ['decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight']

/**
 * Which stored tensors count, as in transformers 4.57: `shared.weight` and the two `embed_tokens.weight` are one tensor, of
 * which the last in the file's order is taken; with `tie_word_embeddings` an `lm_head.weight` in the file is not used.
 * Where the output is not scaled, as with an untied model and what transformers 5 saves, the file tells: the output layer is
 * `lm_head.weight`, or the embedding where there is none.
 *
 * @returns the config with `tied` as the weights say
 */
export function matchStoredT5<T extends StoredPlace>(
  declared: T5Config,
  tensors: readonly T[],
  path: string,
): Omit<StoredMatch<T>, 'architecture'> & { readonly config: T5Config } {
  const stored = new Map<string, T>()
  for (const tensor of tensors) {
    const name = embeddingNames.includes(tensor.name) ? 'shared.weight' : tensor.name
    if (!unusedNames.includes(name)) stored.set(name, tensor)
  }
  const warnings: string[] = []
  const head = stored.get(headName)
  if (declared.scaleOutput && head !== undefined) {
    stored.delete(headName)
    const embedding = stored.get('shared.weight')
    if (embedding === undefined || !isSamePlace(head, embedding)) {
      warnings.push(
        `"${headName}" in "${path}" is not used, as "${decidingScaleKey(declared)}" is true: the output layer is the embedding`,
      )
    }
  }
  if (declared.scaleOutput && declared.modelType === 'mt5') {
    warnings.push(
      `"${path}" is a tied mT5, whose output transformers 4 scales and transformers 5 does not: it is scaled here, and its losses and answers are others in transformers 5`,
    )
  }
  const tables = tensors.filter(({ name }) => embeddingNames.includes(name))
  const apart = tables.filter((one, i) => !tables.slice(0, i).some((other) => isSamePlace(one, other)))
  if (apart.length > 1 && /^[5-9]\./u.test(String(declared.raw.transformers_version))) {
    warnings.push(
      `"${path}" has ${apart.length} tables of embeddings: transformers 5 reads with each of its own, and here, as in transformers 4, one counts for all ("${tables.at(-1)!.name}"), so that its losses and answers are others in transformers 5`,
    )
  }
  // transformers 5 calls a model tied that is not scaled.
  if (!declared.scaleOutput && head === undefined && declared.raw.tie_word_embeddings !== true) {
    warnings.push(
      `"${path}" has no "${headName}" though "${decidingScaleKey(declared)}" is false: the output layer is the embedding, unscaled`,
    )
  }
  const config: T5Config = { ...declared, tied: declared.scaleOutput || head === undefined }
  return { config, tensors: stored, warnings }
}

function isSamePlace(one: StoredPlace, other: StoredPlace): boolean {
  return one.file === other.file && one.position === other.position
}
