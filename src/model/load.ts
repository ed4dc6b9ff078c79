import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../base/fault.ts'
import { refuseLfsPointer } from '../base/lfs-pointer.ts'
import { systemFault } from '../base/system-fault.ts'
import { parseT5Config, type T5Config } from './t5/config.ts'
import { type ParameterSpec, t5Parameters } from './t5/parameters.ts'
import { readStoredTensor, type StoredTensor } from './weights/stored-tensor.ts'
import { openWeightFiles, type WeightFiles } from './weights/weight-files.ts'

/** A model folder whose files were checked and whose parameters can be read. */
export interface OpenModel {
  readonly folder: string
  /** `tied` is what the weights say. */
  readonly config: T5Config
  /** One sentence each; tensors that were passed over, for example. */
  readonly warnings: readonly string[]
  /**
   * Reads every parameter once, in the order of `t5Parameters`, in slices straight into the arrays that the caller gives.
   *
   * @param destination an array of as many elements as the parameter's shape has
   */
  readParameters(destination: (spec: ParameterSpec) => Float32Array): Promise<void>
  close(): void
}

/**
 * Opens a Hugging Face model folder: `config.json` and safetensors or torch weights, in one file or in shards.
 *
 * Which weights count is as in transformers 4.57: `shared.weight` and the two `embed_tokens.weight` are one tensor, of
 * which the last in the file's order is taken; with `tie_word_embeddings` an `lm_head.weight` in the file is not used.
 * Where the config says untied but there is no `lm_head.weight`, the embedding is the output layer, unscaled.
 *
 * @throws {Fault} naming the file and every tensor that is missing or has the wrong shape or type
 */
export async function openModel(folder: string): Promise<OpenModel> {
  const declared = readConfig(folder)
  const files = openWeightFiles(folder)
  try {
    const { config, sources, warnings } = matchParameters(declared, files)
    return {
      folder,
      config,
      warnings,
      close: files.close,
      async readParameters(destination) {
        for (const [spec, source] of sources) await readStoredTensor(source, destination(spec))
      },
    }
  } catch (error) {
    files.close()
    throw error
  }
}

/** Reads and checks the `config.json`. */
function readConfig(folder: string): T5Config {
  const path = join(folder, 'config.json')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw systemFault(`Cannot open the model folder "${folder}"`, error, {
      ENOENT: 'it has no "config.json"',
      ENOTDIR: 'it is a file',
    })
  }
  refuseLfsPointer(path, text)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new Fault(`Cannot read "${path}": it is not JSON (${(error as Error).message})`, undefined, { cause: error })
  }
  return parseT5Config(json, path)
}

const EMBEDDING_NAMES = ['shared.weight', 'encoder.embed_tokens.weight', 'decoder.embed_tokens.weight']
const LM_HEAD = 'lm_head.weight'

/** In old files, and used by nothing: cross-attention has no position bias. */
const UNUSED_NAMES: readonly string[] = ['decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight']

interface Match {
  readonly config: T5Config
  readonly sources: readonly (readonly [ParameterSpec, StoredTensor])[]
  readonly warnings: readonly string[]
}

function matchParameters(declared: T5Config, files: WeightFiles): Match {
  const { path } = files
  const stored = new Map<string, StoredTensor>()
  for (const tensor of files.tensors) {
    const name = EMBEDDING_NAMES.includes(tensor.name) ? 'shared.weight' : tensor.name
    if (!UNUSED_NAMES.includes(name)) stored.set(name, tensor)
  }
  const warnings: string[] = []
  const head = stored.get(LM_HEAD)
  if (declared.scaleOutput && head !== undefined) {
    stored.delete(LM_HEAD)
    const embedding = stored.get('shared.weight')
    if (head.file !== embedding?.file || head.position !== embedding.position) {
      warnings.push(
        `"${LM_HEAD}" in "${path}" is not used, as "tie_word_embeddings" is true: the output layer is the embedding`,
      )
    }
  }
  if (!declared.scaleOutput && head === undefined) {
    warnings.push(
      `"${path}" has no "${LM_HEAD}" though "tie_word_embeddings" is false: the output layer is the embedding, unscaled`,
    )
  }
  const config: T5Config = { ...declared, tied: declared.scaleOutput || head === undefined }
  const problems: string[] = []
  const sources: (readonly [ParameterSpec, StoredTensor])[] = []
  for (const spec of t5Parameters(config)) {
    const tensor = stored.get(spec.name)
    stored.delete(spec.name)
    if (tensor === undefined) {
      problems.push(`"${spec.name}" is missing, expected shape ${showShape(spec.shape)}`)
    } else if (showShape(tensor.shape) !== showShape(spec.shape)) {
      problems.push(`"${spec.name}" has shape ${showShape(tensor.shape)}, expected ${showShape(spec.shape)}`)
    } else if (!tensor.type.includes('float')) {
      problems.push(`"${spec.name}" holds ${tensor.type}, expected floating-point numbers`)
    } else {
      sources.push([spec, tensor])
    }
  }
  const unexpected = [...stored.keys()]
  if (problems.length > 0) {
    const others = unexpected.length > 0 ? `; it has besides ${showNames(unexpected)}` : ''
    throw new Fault(
      `Cannot use the weights "${path}" with the model's config: ${shorten(problems).join('; ')}${others}`,
    )
  }
  if (unexpected.length > 0) warnings.push(`"${path}" has tensors that no T5 uses: ${showNames(unexpected)}`)
  return { config, sources, warnings }
}

function showShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`
}

function showNames(names: readonly string[]): string {
  return shorten(names.map((name) => JSON.stringify(name.slice(0, 120)))).join(', ')
}

/** The first few, and how many more. */
function shorten(lines: readonly string[]): string[] {
  const shown = 6
  return lines.length <= shown ? [...lines] : [...lines.slice(0, shown), `and ${lines.length - shown} more`]
}
