import { expect, it } from 'vitest'
import { isModelFile, isWeightFile, weightSet } from './model-files.ts'

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
