import { expect, it } from 'vitest'
import { backendOf } from './backends.ts'

it.each([
  [
    'RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters',
    'no adapter was found',
  ],
  [
    'onnxruntime: WebGPU device lost (1): vkQueueSubmit failed with VK_ERROR_DEVICE_LOST',
    'the graphics card was lost: its driver was reset, its memory ran full or another program has taken it',
  ],
  ['Error creating VkBuffer: VK_ERROR_OUT_OF_DEVICE_MEMORY', 'the graphics card has not enough memory'],
])('the last words of a process on a card are told in a sentence: %s', (complaints, sentence) => {
  expect(backendOf('webgpu').fault?.(`terminate called\n${complaints}\n`)?.message).toContain(sentence)
})

it('the heap of a process keeps its blocks where activations lie in it', () => {
  const parent = { PATH: '/bin' }
  expect(backendOf('cpu').environment(parent)).toMatchObject({ PATH: '/bin', MALLOC_MMAP_MAX_: '0' })
  expect(backendOf('webgpu').environment(parent)).toEqual(parent)
})

it('backendOf() has no sentence of its own for what is none of the device, and knows no other devices', () => {
  expect(backendOf('webgpu').fault?.('TypeError: x is not a function')).toBeUndefined()
  expect(backendOf('webgpu').fault?.('WebGPU device error(3): Allocation size too large\n - While …')).toBeUndefined()
  expect(backendOf('cpu').fault).toBeUndefined()
  expect(() => backendOf('toString')).toThrow('Cannot compute on "toString": this version knows cpu, webgpu')
})
