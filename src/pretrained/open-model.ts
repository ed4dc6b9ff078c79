import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseSmallJson } from '../base/bounds/small-file.ts'
import { Fault } from '../base/fault.ts'
import { systemFault } from '../base/system-fault.ts'
import type { ParameterSpec } from '../graph/weighted-graph.ts'
import type { Architecture } from '../model/family.ts'
import { isInOrder, readStoredPart, readStoredTensor, type StoredTensor } from '../model/weights/stored-tensor.ts'
import { openWeightFiles, type WeightFiles } from '../model/weights/weight-files.ts'
import { withoutWrappers } from '../model/weights/wrapped-names.ts'
import { misspeltConfigKeys, parseArchitecture } from './families.ts'
import { refuseForeignFolder } from './foreign-folder.ts'
import { configFile } from './model-files.ts'

/** A model folder whose files were checked and whose parameters can be read. */
export interface OpenModel {
  readonly folder: string
  /** As the weights say where the config leaves it open. */
  readonly architecture: Architecture
  /** One sentence each; tensors that were passed over, for example. */
  readonly warnings: readonly string[]
  /**
   * Reads every parameter once, in the architecture's order.
   *
   * @param take is given a parameter and what fills an array of as many elements in slices, straight from the file; where it lies in
   *   the file as it is, also what fills an array with its elements from one on
   */
  readParameters(
    take: (
      spec: ParameterSpec,
      fill: (data: Float32Array) => Promise<void>,
      part?: (data: Float32Array, begin: number) => Promise<void>,
    ) => Promise<void>,
  ): Promise<void>
  close(): void
}

/**
 * Opens a Hugging Face model folder: `config.json` and safetensors or torch weights, in one file or in shards.
 *
 * @throws {Fault} naming the file and every tensor that is missing or has the wrong shape or type
 */
export async function openModel(folder: string): Promise<OpenModel> {
  refuseForeign(folder)
  const { declared, misspelt } = readConfig(folder)
  const files = openWeightFiles(folder)
  try {
    const { architecture, sources, warnings } = matchParameters(declared, files)
    return {
      folder,
      architecture,
      warnings: [...misspelt, ...warnings],
      close: files.close,
      async readParameters(take) {
        for (const [spec, source] of sources) {
          const part = isInOrder(source)
            ? (data: Float32Array, begin: number) => readStoredPart(source, begin, data)
            : undefined
          await take(spec, (data) => readStoredTensor(source, data), part)
        }
      },
    }
  } catch (error) {
    files.close()
    throw error
  }
}

/** A folder that cannot be listed is told of when its config is read. */
function refuseForeign(folder: string): void {
  let names: readonly string[]
  try {
    names = readdirSync(folder)
  } catch {
    return
  }
  refuseForeignFolder(names, folder)
}

/** Reads and checks the `config.json`. */
function readConfig(folder: string): { readonly declared: Architecture; readonly misspelt: readonly string[] } {
  const path = join(folder, configFile)
  let json: unknown
  try {
    json = parseSmallJson(path)
  } catch (error) {
    if (error instanceof Fault) throw error
    throw systemFault(`Cannot open the model folder "${folder}"`, error, {
      ENOENT: existsSync(folder) ? 'it has no "config.json"' : 'there is no such folder',
      ENOTDIR: 'it is a file',
    })
  }
  const declared = parseArchitecture(json, path)
  return { declared, misspelt: misspeltConfigKeys(json as Record<string, unknown>, path) }
}

interface Match {
  readonly architecture: Architecture
  readonly sources: readonly (readonly [ParameterSpec, StoredTensor])[]
  readonly warnings: readonly string[]
}

function matchParameters(declared: Architecture, { path, tensors }: WeightFiles): Match {
  const own = withoutWrappers(tensors)
  const { architecture, tensors: stored, warnings: told } = declared.matchStored(own.tensors, path)
  const warnings = own.taken === '' ? told : [`Took "${own.taken}" off the names of all tensors of "${path}"`, ...told]
  const problems: string[] = []
  const sources: (readonly [ParameterSpec, StoredTensor])[] = []
  for (const spec of architecture.parameters) {
    const tensor = stored.get(spec.name)
    const problem = problemOf(spec, tensor)
    if (problem !== undefined) problems.push(problem)
    else if (tensor !== undefined) sources.push([spec, tensor])
  }
  const known = new Set(architecture.parameters.map(({ name }) => name))
  const unexpected = [...stored.keys()].filter((name) => !known.has(name))
  if (problems.length > 0) {
    if (unexpected.some((name) => /\.(?:lora_[AB]|base_layer)\./u.test(name))) {
      throw new Fault(
        `Cannot use the weights "${path}" as PEFT's adapters still stand beside the model's own layers in it: in Python merge_and_unload() and save_pretrained to a new folder`,
      )
    }
    const others = unexpected.length > 0 ? `; it has besides ${showNames(unexpected)}` : ''
    throw new Fault(
      `Cannot use the weights "${path}" with the model's config: ${shorten(problems).join('; ')}${others}`,
    )
  }
  if (unexpected.length === 0) return { architecture, sources, warnings }
  const unused = `"${path}" has tensors that no ${architecture.familyName} uses: ${showNames(unexpected)}`
  return { architecture, sources, warnings: [...warnings, unused] }
}

/** Why a stored tensor cannot be a parameter. */
function problemOf({ name, shape }: ParameterSpec, tensor: StoredTensor | undefined): string | undefined {
  const wanted = showShape(shape)
  if (tensor === undefined) return `"${name}" is missing, expected shape ${wanted}`
  const found = showShape(tensor.shape)
  if (found !== wanted) return `"${name}" has shape ${found}, expected ${wanted}`
  return tensor.type.includes('float') ? undefined : `"${name}" holds ${tensor.type}, expected floating-point numbers`
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
