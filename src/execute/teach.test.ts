import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { stateFolderOf, stateOnOtherDevice, type TeachOptions, teach, tryLesson } from './teach.ts'

it('teach() does not take "keep: best" without pairs to choose by', async () => {
  const options = { model: 'm', data: 'd.jsonl', learningRate: 1e-3, steps: 1, batch: 2, keep: 'best' } as const
  const sentence = 'Cannot keep the best checkpoint without validation pairs: give "validation", or leave "keep" out'
  for (const begin of [teach, tryLesson]) {
    await expect(begin({ ...options, out: join(tmpdir(), 'reteach-none') })).rejects.toThrow(sentence)
  }
})

it('teach() says that a name is too long for what it writes beside it', async () => {
  const { folder, data, model } = lessonFiles()
  writeFileSync(join(model, 'config.json'), '{}')
  const options = { model, data, learningRate: 1e-3, steps: 1, batch: 1 }
  for (const length of [236, 250, 255]) {
    const out = join(folder, 'y'.repeat(length))
    const sentence = `Cannot write to "${out}" as its name is too long: choose another folder`
    for (const begin of [teach, tryLesson]) await expect(begin({ ...options, out })).rejects.toThrow(sentence)
    mkdirSync(out)
    await expect(teach({ ...options, out })).rejects.toThrow(sentence)
  }
})

/** Pairs, and an empty folder of a model. */
function lessonFiles(): { folder: string; data: string; model: string } {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-teach-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const data = join(folder, 'pairs.jsonl')
  writeFileSync(data, '{"source": "a", "target": "b"}\n')
  const model = join(folder, 'model')
  mkdirSync(model)
  return { folder, data, model }
}

it('stateOnOtherDevice() says where the state of another device lies, unless the lesson has one of its own', () => {
  const { folder, data, model } = lessonFiles()
  const options: TeachOptions = { model, data, out: join(folder, 'out'), learningRate: 1e-3, steps: 1, batch: 1 }
  const leave = (device: 'cpu' | 'webgpu'): string => {
    const state = stateFolderOf({ ...options, device })
    mkdirSync(state)
    writeFileSync(join(state, 'state.bin'), 'half way')
    return state
  }
  expect(stateOnOtherDevice(options)).toBeUndefined()
  const state = leave('webgpu')
  for (const device of [undefined, 'cpu'] as const) {
    expect(stateOnOtherDevice({ ...options, ...(device && { device }) })).toBe(
      `The lesson begins anew on cpu; a state of it that webgpu has computed lies in "${state}": the same lesson with device webgpu goes on from that`,
    )
  }
  expect(stateOnOtherDevice({ ...options, device: 'webgpu' })).toBeUndefined()
  expect(stateOnOtherDevice({ ...options, batch: 2 })).toBeUndefined()
  leave('cpu')
  expect(stateOnOtherDevice(options)).toBeUndefined()
})

it('stateFolderOf() knows a lesson by what its files hold, wherever they lie and whatever lies beside them', () => {
  const { folder, data, model } = lessonFiles()
  writeFileSync(join(model, 'config.json'), '{}')
  writeFileSync(join(model, 'model.safetensors'), 'weights')
  const options: TeachOptions = { model, data, out: join(model, 'out'), learningRate: 1e-3, steps: 1, batch: 1 }
  const state = stateFolderOf(options)
  mkdirSync(state)
  symlinkSync(join(folder, 'nowhere'), join(model, 'notes.txt'))
  writeFileSync(join(model, 'pytorch_model.bin'), 'not read')
  expect(stateFolderOf(options)).toBe(state)
  const elsewhere = join(folder, 'elsewhere')
  renameSync(model, elsewhere)
  renameSync(data, join(folder, 'others.jsonl'))
  const moved = { ...options, model: elsewhere, data: join(folder, 'others.jsonl') }
  expect(stateFolderOf(moved)).toBe(state)
  writeFileSync(join(elsewhere, 'config.json'), '{"d_model": 8}')
  expect(stateFolderOf(moved)).not.toBe(state)
  expect(stateFolderOf({ ...moved, prefix: 'b: ' })).not.toBe(stateFolderOf(moved))
  rmSync(join(elsewhere, 'config.json'))
  symlinkSync(join(folder, 'nowhere'), join(elsewhere, 'config.json'))
  expect(() => stateFolderOf(moved)).toThrow(`Cannot read "${join(elsewhere, 'config.json')}"`)
})

it.each([
  [{ onEvent: 5 }, 'Wrong value of "onEvent": it must be a function'],
  [{ signal: 5 }, 'Wrong value of "signal": it must be an AbortSignal'],
  [null, 'Wrong value of "hooks": it must be an object'],
  [5, 'Wrong value of "hooks": it must be an object'],
])('teach() refuses hooks that are none before it begins: %j', async (hooks, sentence) => {
  const options = { model: 'm', data: 'd', out: 'o', learningRate: 1e-3, steps: 1, batch: 1 }
  for (const begin of [teach, tryLesson]) await expect(begin(options, hooks as never)).rejects.toThrow(sentence)
})

it.each([
  [undefined, 'Missing "model"'],
  [{}, 'Missing "model"'],
  [{ model: 'm', out: 'o' }, 'Missing "data"'],
  [{ model: 'm', out: 'o', data: [{ source: 'a', target: 'b' }] }, 'Wrong value of "data": it must be a path'],
  [null, 'Missing "model"'],
  [{ model: 'm', data: 'd', out: '' }, 'Wrong value of "out": it must be a path'],
  [{ model: 'm', out: 'o', data: 'd', validation: 3 }, 'Wrong value of "validation": it must be a path'],
])('teach() says what is wrong with the paths of %j', async (options, sentence) => {
  for (const begin of [teach, tryLesson]) await expect(begin(options as never)).rejects.toThrow(sentence)
})
