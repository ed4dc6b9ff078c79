import { Fault } from '../../base/fault.ts'
import { childEnvironment } from '../cpu/child-environment.ts'
import type { Engine } from '../engine.ts'
import { deviceFault, nearerSentence, untoldFault } from '../webgpu/device-fault.ts'

/** A way to compute. */
export interface Backend {
  /** Environment variables for a process that computes with it, on top of its parent's. */
  environment(parent: Environment): Environment
  /** Loads what it needs; this may take a while and much memory. */
  open(): Promise<Engine>
  /** What the last words of a process that computed with it mean; `undefined` where they are not of its device. */
  fault?(complaints: string): Fault | undefined
  /** The sentence of a fault of such a process, or one that says more where its complaints do. */
  nearer?(sentence: string, complaints: string): string
  /** What makes the numbers of a process wrong that still computes with it, by what it complains of. */
  untold?(complaints: string): Fault | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** Every backend, by the device that it computes on. */
export const backends = {
  cpu: {
    environment: childEnvironment,
    open: async () => (await import('../cpu/cpu-engine.ts')).cpuEngine,
  },
  webgpu: {
    // Activations lie on the card: a heap that never shrinks would keep what passes through on the way there, some 0.3 GB.
    environment: (parent) => parent,
    open: async () => (await import('../webgpu/webgpu-engine.ts')).webgpuEngine,
    fault(complaints) {
      // What largestBuffer() asks for in vain is no reason for an end.
      const found = deviceFault(new Error(complaints.replace(/allocation size too large/gi, '')))
      return found instanceof Fault ? found : undefined
    },
    nearer: nearerSentence,
    untold: untoldFault,
  },
} as const satisfies Readonly<Record<string, Backend>>

export type Device = keyof typeof backends

/** What a lesson is taught on unless it is told otherwise. */
export const defaultDevice: Device = 'cpu'

/** What computes on a device. @throws {Fault} if there is none */
export function backendOf(device: string): Backend {
  const known: Readonly<Record<string, Backend>> = backends
  if (Object.hasOwn(known, device)) return known[device]!
  throw new Fault(`Cannot compute on "${device}": this version knows ${Object.keys(known).join(', ')}`)
}

/** The engine of a device, loaded. @throws {Fault} as {@link backendOf} */
export async function engineFor(device: string): Promise<Engine> {
  return await backendOf(device).open()
}
