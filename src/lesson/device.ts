/** What lessons, answers and losses can be computed on, by the names that users have for it. */
export const deviceNames = ['cpu', 'webgpu'] as const

export type DeviceName = (typeof deviceNames)[number]

/** What a user may ask for: a device, or `auto`, which becomes one before anything is computed. */
export const deviceChoices = [...deviceNames, 'auto'] as const

export type DeviceChoice = (typeof deviceChoices)[number]

/** What other programs call them. */
export const deviceWords: ReadonlyMap<DeviceName, readonly string[]> = new Map([
  ['cpu', ['processor', 'host']],
  [
    'webgpu',
    [
      'gpu',
      'cuda',
      'rocm',
      'hip',
      'xpu',
      'metal',
      'mps',
      'vulkan',
      'directml',
      'dml',
      'd3d12',
      'opencl',
      'nvidia',
      'card',
    ],
  ],
])

/** Where nothing is said. */
export const usualDevice = 'cpu' satisfies DeviceName

/** A device that has been chosen. @throws {Error} on `auto`, which nobody computes on */
export function chosenDevice(device: DeviceChoice | undefined): DeviceName {
  if (device === 'auto') throw new Error('Cannot compute on "auto": nobody has chosen a device')
  return device ?? usualDevice
}
