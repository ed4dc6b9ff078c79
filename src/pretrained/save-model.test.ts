import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { elementCount } from '../graph/tensor.ts'
import type { ParameterSpec } from '../graph/weighted-graph.ts'
import type { Architecture } from '../model/family.ts'
import { parseT5Config, type T5Config } from '../model/t5/config.ts'
import { t5Architecture } from '../model/t5/t5-family.ts'
import { openModel } from './open-model.ts'
import { type ModelToSave, saveModelFolder } from './save-model.ts'

const fixtures = join(import.meta.dirname, '../../test/fixtures')
const temporary = mkdtempSync(join(tmpdir(), 'reteach-save-'))
afterAll(() => rmSync(temporary, { recursive: true }))

interface WholeModel extends ModelToSave {
  readonly parameters: { spec: ParameterSpec; data: Float32Array }[]
}

function wholeModel(architecture: Architecture, parameters: WholeModel['parameters']): WholeModel {
  const read = (name: string): Float32Array => {
    const found = parameters.find(({ spec }) => spec.name === name)
    if (found === undefined) throw new Error(`no ${name}`)
    return found.data
  }
  return { architecture, parameters, read }
}

async function readAll(folder: string): Promise<WholeModel> {
  const model = await openModel(folder)
  const parameters: WholeModel['parameters'] = []
  await model.readParameters(async (spec, fill) => {
    const data = new Float32Array(elementCount(spec.shape))
    await fill(data)
    parameters.push({ spec, data })
  })
  model.close()
  return wholeModel(model.architecture, parameters)
}

function fresh(raw: Record<string, unknown>, change: Partial<T5Config> = {}): WholeModel {
  const architecture = t5Architecture({ ...parseT5Config(raw, 'test'), ...change })
  const parameters = architecture.parameters.map((spec) => {
    const data = new Float32Array(elementCount(spec.shape))
    architecture.fillStart(spec.name, 5, data)
    return { spec, data }
  })
  return wholeModel(architecture, parameters)
}

function digests(parameters: readonly { spec: ParameterSpec; data: Float32Array }[]): unknown[] {
  return parameters.map(({ spec, data }) => ({ ...spec, sha256: createHash('sha256').update(data).digest('hex') }))
}

const smallConfig = {
  vocab_size: 23,
  d_model: 10,
  d_kv: 4,
  d_ff: 12,
  num_heads: 3,
  num_layers: 2,
  num_decoder_layers: 1,
}

function readJson(...path: string[]): Record<string, unknown> {
  return JSON.parse(readFileSync(join(...path), 'utf8')) as Record<string, unknown>
}

test.each(['tiny-t5', 'tiny-mt5', 'tiny-flan-t5', 'small-relu', 'small-umt5', 'small-umt5-tied', 'small-byt5'])(
  'saveModelFolder() keeps every bit of %s',
  async (name) => {
    const folder = join(temporary, name)
    const original = await readAll(join(fixtures, 'models', name))
    const { sha256 } = await saveModelFolder(folder, original)
    const { architecture, parameters } = await readAll(folder)
    expect(digests(parameters)).toEqual(digests(original.parameters))
    const config = original.architecture.savedConfig()
    expect(architecture.savedConfig()).toEqual(config)
    const { tie_word_embeddings } = config
    expect(architecture.raw).toEqual({ ...original.architecture.raw, tie_word_embeddings })
    const bytes = readFileSync(join(folder, 'model.safetensors'))
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
  },
)

test('saveModelFolder() writes the header that transformers asks for, aligned to 8 bytes', async () => {
  const folder = join(temporary, 'header')
  await saveModelFolder(folder, fresh(smallConfig))
  const bytes = readFileSync(join(folder, 'model.safetensors'))
  const length = Number(bytes.readBigUInt64LE())
  expect(length % 8).toBe(0)
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, unknown>
  expect(header.__metadata__).toEqual({ format: 'pt' })
  expect(header['shared.weight']).toEqual({ dtype: 'F32', shape: [23, 10], data_offsets: [0, 920] })
  expect(readdirSync(folder).sort()).toEqual(['config.json', 'generation_config.json', 'model.safetensors'])
})

test('saveModelFolder() spells out what a short config leaves to defaults', async () => {
  const folder = join(temporary, 'spelled')
  const model = fresh({
    ...smallConfig,
    model_type: 'mt5',
    task_specific_params: { a: 1 },
    num_beams: 4,
    torch_dtype: 'float16',
  })
  await saveModelFolder(folder, model)
  expect(readJson(folder, 'config.json')).toMatchObject({
    ...smallConfig,
    architectures: ['MT5ForConditionalGeneration'],
    model_type: 'mt5',
    feed_forward_proj: 'gated-gelu',
    dense_act_fn: 'gelu_new',
    is_gated_act: true,
    tie_word_embeddings: false,
    decoder_start_token_id: 0,
    task_specific_params: { a: 1 },
    torch_dtype: 'float32',
  })
  expect(readJson(folder, 'generation_config.json')).toEqual({
    decoder_start_token_id: 0,
    eos_token_id: 1,
    num_beams: 4,
    pad_token_id: 0,
  })
})

test('saveModelFolder() writes whole numbers as the floating-point ones that transformers 5 insists on', async () => {
  const folder = join(temporary, 'floats')
  await saveModelFolder(folder, fresh({ ...smallConfig, initializer_factor: 1, layer_norm_epsilon: 0 }))
  const text = readFileSync(join(folder, 'config.json'), 'utf8')
  for (const line of ['"initializer_factor": 1.0,', '"layer_norm_epsilon": 0.0,', '"num_layers": 2,']) {
    expect(text).toContain(`\n  ${line}\n`)
  }
})

test('saveModelFolder() writes an unscaled tied embedding twice', async () => {
  const folder = join(temporary, 'unscaled')
  const model = fresh({ ...smallConfig, tie_word_embeddings: true }, { scaleOutput: false })
  await saveModelFolder(folder, model)
  const { architecture, parameters } = await readAll(folder)
  expect(architecture.savedConfig()).toMatchObject({ tie_word_embeddings: false })
  expect(parameters.at(-1)?.spec.name).toBe('lm_head.weight')
  expect(parameters.at(-1)?.data).toEqual(model.parameters[0]?.data)
})

test('saveModelFolder() asks for a parameter, and for each part of it, only when what stands before is written', async () => {
  const model = fresh(smallConfig)
  const folder = mkdtempSync(join(tmpdir(), 'reteach-save-'))
  const written = (): number => {
    const [file] = readdirSync(folder)
    return file === undefined ? 0 : statSync(join(folder, file)).size
  }
  const sizes: number[] = []
  async function* read(name: string): AsyncGenerator<Float32Array> {
    const whole = model.read(name) as Float32Array
    for (let begin = 0; begin < whole.length; begin += 100) {
      sizes.push(written())
      yield whole.slice(begin, begin + 100)
    }
  }
  const { sha256 } = await saveModelFolder(folder, { architecture: model.architecture, read })
  const steps = sizes.slice(1).map((size, at) => size - sizes[at]!)
  expect(steps.every((step) => step > 0 && step <= 400)).toBe(true)
  rmSync(folder, { recursive: true })
  expect((await saveModelFolder(folder, model)).sha256).toBe(sha256)
})

test('saveModelFolder() copies files and prefers a copied generation config', async () => {
  const folder = join(temporary, 'copies')
  const source = join(fixtures, 'models/tiny-t5')
  const copyFiles = ['spiece.model', 'generation_config.json'].map((name) => join(source, name))
  await saveModelFolder(folder, { ...fresh(smallConfig), copyFiles })
  for (const name of ['spiece.model', 'generation_config.json']) {
    expect(readFileSync(join(folder, name)).equals(readFileSync(join(source, name))), name).toBe(true)
  }
  await expect(saveModelFolder(folder, { ...fresh(smallConfig), copyFiles: [join(source, 'absent')] })).rejects.toThrow(
    /Cannot copy ".*absent".*there is no such file/,
  )
})

test('saveModelFolder() names the place it cannot write to and leaves nothing half-written', async () => {
  const blocked = join(temporary, 'blocked')
  writeFileSync(blocked, '')
  await expect(saveModelFolder(blocked, fresh(smallConfig))).rejects.toThrow(
    /Cannot write ".*blocked.model\.safetensors"/,
  )
  const taken = join(temporary, 'taken')
  mkdirSync(join(taken, 'model.safetensors', 'folder'), { recursive: true })
  await expect(saveModelFolder(taken, fresh(smallConfig))).rejects.toThrow(/Cannot write ".*model\.safetensors"/)
  expect(readdirSync(taken)).toEqual(['model.safetensors'])
})

test('saveModelFolder() says that the disk is full', async ({ skip }) => {
  const disk = join(temporary, 'disk')
  mkdirSync(disk)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk], { stdio: 'ignore' })
  } catch {
    skip('a small disk cannot be made here, which takes the right to mount')
  }
  try {
    const saving = saveModelFolder(join(disk, 'model'), fresh({ ...smallConfig, vocab_size: 2000 }))
    await expect(saving).rejects.toThrow(/Cannot write ".*" as the disk is full .*: free some space and run again/)
    expect(readdirSync(join(disk, 'model'))).toEqual([])
  } finally {
    execFileSync('umount', [disk])
  }
})

test('saveModelFolder() refuses parameters of another model', async () => {
  const model = fresh(smallConfig)
  const folder = join(temporary, 'refused')
  const without = wholeModel(model.architecture, model.parameters.slice(1))
  await expect(saveModelFolder(folder, without)).rejects.toThrow('no shared.weight')
  const short = model.parameters.map(({ spec, data }) => ({ spec, data: data.subarray(1) }))
  await expect(saveModelFolder(folder, wholeModel(model.architecture, short))).rejects.toThrow(RangeError)
})
