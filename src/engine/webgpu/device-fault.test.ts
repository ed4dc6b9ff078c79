import { expect, test } from 'vitest'
import { Fault } from '../../base/fault.ts'
import { DeviceFull, deviceFault, nearerSentence, untoldFault } from './device-fault.ts'

// What onnxruntime 1.30 and Dawn were seen to throw.
test.each([
  ['webgpu_context.cc:136 … was false. Failed to get a WebGPU adapter: No supported adapters', 'no adapter was found'],
  ['WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid due to a previous error.', 'not enough memory'],
  ['vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY', 'not enough memory'],
  [
    'Buffer size (4294967296) exceeds the max buffer size limit (1073741824).\n - While calling [Device].CreateBuffer',
    'not enough memory',
  ],
  ['WebGPU device lost (1): vkQueueSubmit failed with VK_ERROR_DEVICE_LOST', 'the graphics card was lost'],
  ['[Device] is lost.', 'the graphics card was lost'],
])('deviceFault() says in a sentence what "%s" means', (message, part) => {
  const fault = deviceFault(new Error(message))
  expect(fault).toBeInstanceOf(Fault)
  expect((fault as Fault).message).toContain(part)
  expect((fault as Fault).cause).toEqual(new Error(message))
  expect(fault instanceof DeviceFull).toBe(part === 'not enough memory')
})

test('untoldFault() hears what the device has refused outside of a run, and not that a buffer was not to be had', () => {
  const full =
    'WebGPU device error(3): vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY\n - While calling …\n'
  const refused = 'WebGPU device error(2): [Invalid Buffer (unlabeled)] is invalid due to a previous error.\n - While …'
  expect(untoldFault(full)).toBeUndefined()
  expect(untoldFault(full + refused)).toBeInstanceOf(DeviceFull)
  const other =
    'webgpu_context.cc:171 operator()] WebGPU device error(2): Binding size is larger than the limit.\n - While …'
  expect(untoldFault(other)?.message).toBe(
    'Cannot trust what the graphics card computes as it has refused a command (Binding size is larger than the limit); run again to go on from the last saved state',
  )
})

test('nearerSentence() names the loader of Vulkan where that is what there is not', () => {
  const { message } = deviceFault(new Error('Failed to get a WebGPU adapter: No supported adapters')) as Fault
  const said =
    "Warning: Couldn't load Vulkan: libvulkan.so.1: cannot open shared object file: No such file or directory\n    at operator()"
  expect(nearerSentence(message, said)).toBe(
    'Cannot compute on "webgpu" as the loader of Vulkan (libvulkan.so.1) is not there or cannot be loaded: install it (the package libvulkan1 of Debian and Ubuntu, vulkan-loader elsewhere), or compute on "cpu" instead',
  )
  expect(nearerSentence(message, 'error: XDG_RUNTIME_DIR is invalid')).toBe(message)
  expect(nearerSentence('Cannot read "x"', said)).toBe('Cannot read "x"')
})

test('nearerSentence() names a driver that is there and does not begin', () => {
  const { message } = deviceFault(new Error('Failed to get a WebGPU adapter: No supported adapters')) as Fault
  // As on a machine with a card and the loader of Vulkan, and without libraries that the driver opens itself.
  const said = `Warning: loader_scanned_icd_add: Could not get 'vkCreateInstance' via 'vk_icdGetInstanceProcAddr' for ICD libGLX_nvidia.so.0
Warning: vkCreateInstance: Found no drivers!`
  expect(nearerSentence(message, said)).toBe(
    `Cannot compute on "webgpu" as the card's driver for Vulkan (libGLX_nvidia.so.0) is there and does not begin: NVIDIA's needs libraries of OpenGL and X11 even without a display (the packages libegl1, libgl1, libgles2 and libxext6 of Debian and Ubuntu); install them, or compute on "cpu" instead`,
  )
})

test('deviceFault() leaves our own mistakes as they are', () => {
  const error = new Error('Cannot run the graph without input "x"')
  expect(deviceFault(error)).toBe(error)
})
