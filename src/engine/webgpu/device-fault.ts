import { Fault } from '../../base/fault.ts'

/** What a failure of the device means for whoever asked, or the failure itself where it is none of the device's. */
export function deviceFault(error: unknown): unknown {
  const message = error instanceof Error ? error.message : String(error)
  if (full.test(message)) return new DeviceFull(error)
  const known = sentences.find(([pattern]) => pattern.test(message))
  return known ? new Fault(known[1], undefined, { cause: error }) : error
}

/**
 * What a device has refused without a word to whoever asked, such as the constants of a graph that it has no room for: all that
 * is computed with them is wrong. onnxruntime throws only what is refused within a run. That a buffer is not to be had is said
 * then as well, but it is harmless alone: whoever uses that buffer is refused.
 *
 * @param said what onnxruntime has printed
 */
export function untoldFault(said: string): Fault | undefined {
  const refused = /WebGPU device error\(2\): (.*)/.exec(said)?.[1]
  if (refused === undefined) return undefined
  const fault = deviceFault(new Error(refused))
  if (fault instanceof Fault) return fault
  return new Fault(
    `Cannot trust what the graphics card computes as it has refused a command (${refused.replace(/\.$/u, '')}); run again to go on from the last saved state`,
  )
}

/** A sentence of a fault, or one that says more where what was printed does. @param said as in {@link untoldFault} */
export function nearerSentence(sentence: string, said: string): string {
  if (sentence !== noAdapter) return sentence
  if (/couldn't load vulkan/i.test(said)) return noLoader
  const driver = /could not get 'vkCreateInstance' via 'vk_icdGetInstanceProcAddr' for ICD (\S+)/i.exec(said)?.[1]
  return driver === undefined ? sentence : driverNotBegun(driver)
}

/** The device has no room for a buffer. */
export class DeviceFull extends Fault {
  constructor(cause: unknown) {
    super(
      'Cannot go on as the graphics card has not enough memory: use a smaller micro_batch, or close what else uses the card',
      undefined,
      { cause },
    )
  }
}

const full =
  /out[ _]of[ _](?:device[ _]|host[ _])?memory|allocation size too large|Invalid Buffer|max buffer size limit/i

const noAdapter =
  'Cannot compute on "webgpu" as no adapter was found: this machine has no graphics card with a driver for Vulkan (on Linux also the package libvulkan1), Direct3D 12 or Metal; compute on "cpu" instead'

const noLoader =
  'Cannot compute on "webgpu" as the loader of Vulkan (libvulkan.so.1) is not there or cannot be loaded: install it (the package libvulkan1 of Debian and Ubuntu, vulkan-loader elsewhere), or compute on "cpu" instead'

/** A driver that the loader has opened and that gives it nothing: NVIDIA's do so where libraries are missing that they open themselves. */
function driverNotBegun(driver: string): string {
  return `Cannot compute on "webgpu" as the card's driver for Vulkan (${driver}) is there and does not begin: NVIDIA's needs libraries of OpenGL and X11 even without a display (the packages libegl1, libgl1, libgles2 and libxext6 of Debian and Ubuntu); install them, or compute on "cpu" instead`
}

const sentences: readonly (readonly [RegExp, string])[] = [
  [/failed to get a webgpu adapter|no supported adapters/i, noAdapter],
  [
    /webgpu.*(?:is not available|not supported)|not compiled with webgpu|no available backend/i,
    'Cannot compute on "webgpu" as onnxruntime has no such provider for this system; compute on "cpu" instead',
  ],
  [
    /device (?:is|was) lost|device_?lost|lost device|DEVICE_LOST|device removed|\[Device[^\]]*\] is lost/i,
    'Cannot go on as the graphics card was lost: its driver was reset, its memory ran full or another program has taken it; run again to go on from the last saved state',
  ],
]
