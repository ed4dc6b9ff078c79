import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { isModelFile, isWeightFile, modelFilesIn, weightSet } from './model-files.ts'

it('weightSet() takes safetensors before PyTorch, and a whole file before shards', () => {
  const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']
  const names = [...shards, 'model.safetensors.index.json', 'pytorch_model.bin', 'tf_model.h5']
  expect(weightSet(names)).toEqual(['model.safetensors.index.json', ...shards])
  expect(weightSet([...names, 'model.safetensors'])).toEqual(['model.safetensors'])
  expect(weightSet([...shards, 'pytorch_model.bin'])).toEqual(['pytorch_model.bin'])
  expect(weightSet(['pytorch_model-1-of-1.bin', 'pytorch_model.bin.index.json'])).toEqual([
    'pytorch_model.bin.index.json',
    'pytorch_model-1-of-1.bin',
  ])
  expect(weightSet(['tf_model.h5', 'config.json'])).toBeUndefined()
})

it('isModelFile() knows what a model is made of', () => {
  const names = ['config.json', 'generation_config.json', 'spiece.model', 'added_tokens.json', 'model.safetensors']
  expect(names.filter(isModelFile)).toEqual(names)
  expect(['README.md', 'tf_model.h5', 'training_args.bin'].filter(isModelFile)).toEqual([])
  expect(['other.safetensors', 'pytorch_model-1-of-2.bin', 'pytorch_model.bin.index.json'].every(isWeightFile)).toBe(
    true,
  )
})

it('modelFilesIn() names the files that are read, and none of another set of weights beside them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-files-'))
  const found = (): string[] => modelFilesIn(folder, readdirSync(folder).toSorted())
  const write = (name: string, text = ''): void => writeFileSync(join(folder, name), text)
  for (const name of ['config.json', 'spiece.model', 'README.md', 'optimizer.safetensors']) write(name)
  expect(found()).toEqual(['config.json', 'spiece.model'])
  write('pytorch_model.bin')
  expect(found()).toEqual(['config.json', 'pytorch_model.bin', 'spiece.model'])
  write('model.safetensors.index.json', JSON.stringify({ weight_map: { a: 'model-1.safetensors', b: 'part.two' } }))
  for (const name of ['model-1.safetensors', 'model-9.safetensors', 'part.two']) write(name)
  const sharded = ['config.json', 'model-1.safetensors', 'model.safetensors.index.json', 'part.two', 'spiece.model']
  expect(found()).toEqual(sharded)
  write('model.safetensors')
  expect(found()).toEqual(['config.json', 'model.safetensors', 'spiece.model'])
  rmSync(folder, { recursive: true })
})
