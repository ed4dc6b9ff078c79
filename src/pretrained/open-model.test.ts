import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Fault } from '../base/fault.ts'
import { elementCount } from '../graph/tensor.ts'
import { openModel } from './open-model.ts'

const fixtures = join(import.meta.dirname, '../../test/fixtures')
const temporary = mkdtempSync(join(tmpdir(), 'reteach-load-'))
afterAll(() => rmSync(temporary, { recursive: true }))

interface Described {
  name: string
  shape: readonly number[]
  sha256: string
}

/** Every parameter as `expected.json` describes it. */
async function describeModel(folder: string): Promise<Described[]> {
  const model = await openModel(folder)
  const read: { name: string; shape: readonly number[]; data: Float32Array }[] = []
  await model.readParameters(async ({ name, shape }, fill) => {
    // Not at the start of its memory, as in an arena.
    const data = new Float32Array(elementCount(shape) + 4).subarray(4)
    await fill(data)
    read.push({ name, shape, data })
  })
  model.close()
  return read.map(({ name, shape, data }) => ({ name, shape, sha256: digest(data) }))
}

function digest(data: Float32Array): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}

function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(fixtures, ...path), 'utf8')) as T
}

/** A folder with a config (of tiny-t5 where none lies beside the weights), changed by `change`, and one weight file. */
function folderWith(weights: string, kind: string, change: Record<string, unknown> = {}): string {
  const folder = mkdtempSync(join(temporary, 'model-'))
  const source = weights.startsWith('weight-formats/') ? 'models/tiny-t5' : dirname(weights)
  const config = readJson<object>(source, 'config.json')
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, ...change }))
  cpSync(join(fixtures, weights), join(folder, kind))
  return folder
}

/** A safetensors file with the same before the name of every tensor. */
function withPrefix(file: Buffer, prefix: string): Buffer {
  const length = Number(file.readBigUInt64LE())
  const header = JSON.parse(file.toString('utf8', 8, 8 + length)) as Record<string, unknown>
  const renamed = Object.entries(header).map(([name, value]) => [name === '__metadata__' ? name : prefix + name, value])
  const text = JSON.stringify(Object.fromEntries(renamed))
  const bytes = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8))
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(bytes.length))
  return Buffer.concat([size, bytes, file.subarray(8 + length)])
}

async function faultOf(folder: string): Promise<string> {
  try {
    const model = await openModel(folder)
    await model.readParameters(({ shape }, fill) => fill(new Float32Array(elementCount(shape))))
    model.close()
  } catch (error) {
    expect(error).toBeInstanceOf(Fault)
    return (error as Fault).message
  }
  throw new Error('The folder was opened')
}

describe('openModel() reads what transformers reads, bit for bit', () => {
  const folders = readdirSync(join(fixtures, 'weight-files'), { withFileTypes: true })
  for (const { name } of folders.filter((entry) => entry.isDirectory())) {
    test(`weight-files/${name}`, async () => {
      const found = await describeModel(join(fixtures, 'weight-files', name))
      expect(found).toEqual(readJson('weight-files', name, 'expected.json'))
    })
  }
  for (const name of ['tiny-t5', 'tiny-mt5', 'tiny-flan-t5']) {
    test(`models/${name}`, async () => {
      const found = await describeModel(join(fixtures, 'models', name))
      expect(found).toEqual(readJson('weight-formats/expected', `${name}.json`))
    })
  }
  for (const name of ['tiny-t5.half.bin', 'tiny-t5.legacy.bin', 'tiny-t5.bf16.safetensors']) {
    test(`weight-formats/${name}`, async () => {
      const kind = name.endsWith('.bin') ? 'pytorch_model.bin' : 'model.safetensors'
      const found = await describeModel(folderWith(`weight-formats/${name}`, kind))
      expect(found).toEqual(readJson('weight-formats/expected', `${name}.json`))
    })
  }
})

describe('openModel() decides what the output layer is', () => {
  const cases = [
    { folder: 'models/tiny-t5', tied: true, warnings: 0 },
    { folder: 'models/tiny-mt5', tied: false, warnings: 0 },
    { folder: 'weight-files/zip-old-names', tied: true, warnings: 0 },
    { folder: 'weight-files/zip-unlike-aliases', tied: true, warnings: 1 },
  ]
  for (const { folder, tied, warnings } of cases) {
    test(folder, async () => {
      const model = await openModel(join(fixtures, folder))
      model.close()
      expect(model.architecture.parameters.some(({ name }) => name === 'lm_head.weight')).toBe(!tied)
      expect(model.architecture.savedConfig()).toMatchObject({ tie_word_embeddings: tied })
      expect(model.warnings).toHaveLength(warnings)
    })
  }

  test.each(['module.', '_orig_mod.', 'model.', 'transformer.', 'module._orig_mod.model.', 'base_model.model.'])(
    'takes %s off the names of all tensors, and says so',
    async (wrapper) => {
      const weights = 'weight-files/safetensors-tied/model.safetensors'
      const folder = folderWith(weights, 'model.safetensors')
      const path = join(folder, 'model.safetensors')
      const wanted = await describeModel(folder)
      writeFileSync(path, withPrefix(readFileSync(path), wrapper))
      expect(await describeModel(folder)).toEqual(wanted)
      const model = await openModel(folder)
      model.close()
      expect(model.warnings).toEqual([`Took "${wrapper}" off the names of all tensors of "${path}"`])
    },
  )

  test.each(['tiny-mt5', 'tiny-flan-t5'])(
    'reads %s as transformers 5 saves it, tied by its config and with an output layer of its own, like the original',
    async (name) => {
      const folder = mkdtempSync(join(temporary, 'since-5-'))
      cpSync(join(fixtures, 'models', name), folder, { recursive: true })
      const config = readJson('models', name, 'config.json') as Record<string, unknown>
      const since5 = { ...config, tie_word_embeddings: true, transformers_version: '5.24.0' }
      const scale = name === 'tiny-mt5' ? {} : { scale_decoder_outputs: false }
      writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...since5, ...scale }))
      expect(await describeModel(folder)).toEqual(await describeModel(join(fixtures, 'models', name)))
      const model = await openModel(folder)
      model.close()
      expect(model.warnings).toEqual([])
      expect(model.architecture.savedConfig()).toMatchObject({ tie_word_embeddings: false })
    },
  )

  test('a config of transformers 5 without a scale has the embedding as output layer where the file has no lm_head', async () => {
    const weights = 'weight-files/safetensors-tied/model.safetensors'
    const since5 = { tie_word_embeddings: true, scale_decoder_outputs: false, transformers_version: '5.24.0' }
    const model = await openModel(folderWith(weights, 'model.safetensors', since5))
    model.close()
    expect(model.architecture.parameters.some(({ name }) => name === 'lm_head.weight')).toBe(false)
    expect(model.warnings).toEqual([])
  })

  test('a tied mT5 of transformers 4 is scaled, and transformers 5 is said to have other losses', async () => {
    const weights = 'weight-files/safetensors-tied/model.safetensors'
    const tied = { model_type: 'mt5', tie_word_embeddings: true }
    const model = await openModel(folderWith(weights, 'model.safetensors', tied))
    model.close()
    expect(model.warnings).toEqual([expect.stringContaining('its losses and answers are others in transformers 5')])
  })

  test('an untied config with a file without lm_head is tied and unscaled, with a warning', async () => {
    const weights = 'weight-files/safetensors-tied/model.safetensors'
    const folder = folderWith(weights, 'model.safetensors', { tie_word_embeddings: false })
    const model = await openModel(folder)
    model.close()
    expect(model.architecture.parameters.some(({ name }) => name === 'lm_head.weight')).toBe(false)
    expect(model.architecture.savedConfig()).toMatchObject({ tie_word_embeddings: false })
    expect(model.warnings).toEqual([expect.stringContaining('has no "lm_head.weight"')])
  })

  test('the key that decides whether the output is scaled is the one that is named', async () => {
    const weights = 'weight-files/safetensors-tied/model.safetensors'
    const unscaled = { tie_word_embeddings: undefined, scale_decoder_outputs: false }
    const model = await openModel(folderWith(weights, 'model.safetensors', unscaled))
    model.close()
    expect(model.warnings).toEqual([expect.stringContaining('though "scale_decoder_outputs" is false')])
    const old = { scale_decoder_outputs: false, transformers_version: '4.57.6' }
    const scaled = await openModel(folderWith(weights, 'model.safetensors', old))
    scaled.close()
    expect(scaled.warnings).toEqual([])
    // transformers 5 would read it.
    expect(scaled.architecture.savedConfig()).toMatchObject({ tie_word_embeddings: true, scale_decoder_outputs: true })
  })

  test('a misspelt key of the config is told, and one of another kind is not', async () => {
    const weights = 'weight-files/safetensors-tied/model.safetensors'
    const folder = folderWith(weights, 'model.safetensors', { num_layer: 9, _attn_implementation: 'eager' })
    const model = await openModel(folder)
    model.close()
    expect(model.warnings).toEqual([
      `Nothing is read of "num_layer" in "${folder}/config.json": did you mean "num_layers"?`,
    ])
  })
})

describe('openModel() names what is wrong', () => {
  test('a pickle that would run a program', async () => {
    const message = await faultOf(folderWith('weight-formats/evil.bin', 'pytorch_model.bin'))
    expect(message).toMatch(/pytorch_model\.bin" as a torch checkpoint: .*"posix\.system".*nothing was run/)
    expect(readdirSync('.')).not.toContain('pwned')
  })

  test('every missing tensor and wrong shape in one sentence', async () => {
    const folder = folderWith('weight-formats/tiny-t5.half.bin', 'pytorch_model.bin', {
      d_ff: 100,
      num_decoder_layers: 3,
    })
    const message = await faultOf(folder)
    expect(message).toContain(
      '"encoder.block.0.layer.1.DenseReluDense.wi.weight" has shape [128, 48], expected [100, 48]',
    )
    expect(message).toMatch(/and \d+ more$/)
  })

  test('a missing tensor, and those that are there instead', async () => {
    const folder = folderWith('weight-formats/tiny-t5.half.bin', 'pytorch_model.bin', {
      num_layers: 3,
      is_gated_act: true,
    })
    const message = await faultOf(folder)
    expect(message).toContain(
      '"encoder.block.0.layer.1.DenseReluDense.wi_0.weight" is missing, expected shape [128, 48]',
    )
    expect(message).toContain('it has besides "encoder.block.0.layer.1.DenseReluDense.wi.weight"')
  })

  test('an adapter, a checkpoint and a file of torch, each with how to make a folder of it', async () => {
    for (const [files, message] of [
      [
        ['adapter_config.json', 'adapter_model.safetensors'],
        /as it holds a PEFT adapter and not a whole model: in Python/,
      ],
      [['last.ckpt'], /as it holds a checkpoint of Lightning \("last\.ckpt"\) and not a folder of transformers/],
      [['config.json', 'model.pth'], /as it holds a file of torch \("model\.pth"\) and not a folder/],
    ] as const) {
      const folder = mkdtempSync(join(temporary, 'model-'))
      for (const name of files) writeFileSync(join(folder, name), '{}')
      expect(await faultOf(folder)).toMatch(message)
    }
  })

  test('tensors that no T5 uses are a warning', async () => {
    const weights = 'weight-files/safetensors-tied/model.safetensors'
    const model = await openModel(folderWith(weights, 'model.safetensors', { num_layers: 1, num_decoder_layers: 1 }))
    model.close()
    expect(model.warnings).toEqual([expect.stringContaining('"encoder.block.1.layer.0.SelfAttention.k.weight"')])
  })

  test('integers where weights should be', async () => {
    const folder = folderWith('weight-files/safetensors-tied/model.safetensors', 'model.safetensors')
    const path = join(folder, 'model.safetensors')
    const bytes = readFileSync(path)
    bytes.write('"I32"', bytes.indexOf('"F32"', bytes.indexOf('decoder.final_layer_norm.weight')), 'latin1')
    writeFileSync(path, bytes)
    expect(await faultOf(folder)).toContain('"decoder.final_layer_norm.weight" holds int32, expected floating-point')
  })

  test('no folder, no config, no weights, broken JSON, a foreign model', async () => {
    expect(await faultOf(join(temporary, 'nowhere'))).toContain('as there is no such folder')
    const folder = mkdtempSync(join(temporary, 'model-'))
    expect(await faultOf(folder)).toContain('it has no "config.json"')
    writeFileSync(join(folder, 'config.json'), '{"model_type": "t5"')
    expect(await faultOf(folder)).toContain('it is not JSON')
    writeFileSync(join(folder, 'config.json'), '{"model_type": "bert"}')
    expect(await faultOf(folder)).toContain('"model_type" is "bert"')
    writeFileSync(join(folder, 'config.json'), '{"model_type": "t5"}')
    expect(await faultOf(folder)).toMatch(/Cannot find the weights of ".*": expected "model\.safetensors"/)
    writeFileSync(join(folder, 'tf_model.h5'), '')
    expect(await faultOf(folder)).toContain('"tf_model.h5" is of another framework')
  })

  test('files that are something else', async () => {
    const folder = folderWith('weight-formats/tiny-t5.half.bin', 'pytorch_model.bin')
    const contents = {
      '': /ends after 0 bytes|begins neither/,
      'version https://git-lfs.github.com/spec/v1\noid sha256:1\n': /Git LFS pointer/,
      '<!doctype html><title>Too many requests</title>': /begins neither as a zip archive nor as a pickle/,
    }
    for (const [content, message] of Object.entries(contents)) {
      writeFileSync(join(folder, 'pytorch_model.bin'), content)
      expect(await faultOf(folder)).toMatch(message)
    }
    mkdirSync(join(folder, 'model.safetensors'))
    expect(await faultOf(folder)).toContain('it is not a file')
  })

  test('shards that are missing or lie outside the folder', async () => {
    const folder = mkdtempSync(join(temporary, 'model-'))
    cpSync(join(fixtures, 'models/tiny-t5'), folder, { recursive: true })
    rmSync(join(folder, 'model-00002-of-00002.safetensors'))
    expect(await faultOf(folder)).toMatch(/model-00002-of-00002\.safetensors" as there is no such file/)
    const index = join(folder, 'model.safetensors.index.json')
    for (const name of ['../secret', '/etc/passwd', '..', '', 3]) {
      writeFileSync(index, JSON.stringify({ weight_map: { 'shared.weight': name } }))
      expect(await faultOf(folder)).toContain('expected a file beside it')
    }
    writeFileSync(index, '[]')
    expect(await faultOf(folder)).toContain('it has no "weight_map"')
  })
})

describe('openModel() refuses a cut file at every length', () => {
  const files = {
    'model.safetensors': 'weight-files/safetensors-tied/model.safetensors',
    'pytorch_model.bin': 'weight-files/zip-one-storage/pytorch_model.bin',
    'legacy pytorch_model.bin': 'weight-files/legacy-one-storage/pytorch_model.bin',
  }
  for (const [kind, path] of Object.entries(files)) {
    test(kind, async () => {
      const file = kind.split(' ').at(-1)!
      const folder = folderWith(path, file)
      const whole = readFileSync(join(fixtures, path))
      const target = join(folder, file)
      for (let length = 0; length < whole.length; length += length < 600 ? 13 : 257) {
        writeFileSync(target, whole.subarray(0, length))
        expect(await faultOf(folder)).toContain(target)
      }
      writeFileSync(target, whole.subarray(0, whole.length - 1))
      expect(await faultOf(folder)).toContain(target)
    })
  }
})
