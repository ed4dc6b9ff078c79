import { type Adapter, adapterInUse } from '../devices/adapter-in-use.ts'
import type { DeviceRates } from '../devices/kept-checks.ts'
import { engineFor } from '../engine/backends/backends.ts'
import type { Engine, HeldModel } from '../engine/engine.ts'
import type { ParameterSpec } from '../graph/weighted-graph.ts'
import { type DeviceName, usualDevice } from '../lesson/device.ts'
import {
  goldenArchitecture,
  goldenTokenLosses,
  lessonDifference,
  lessonTolerance,
  teachGolden,
} from './check-lesson.ts'
import { checkOps, opsOfGraphs, opTolerance, tensorDifference } from './check-ops.ts'
import { fillBuffers, productsRate, transferRates } from './device-rates.ts'
import { goldenLosses, goldenNorms } from './golden-numbers.ts'

/** Asks what a device is, whether it computes rightly and how fast. */
export interface CheckRequest {
  readonly device: DeviceName
  /** `right`: operators and a lesson, then rates; `buffers`: how large a buffer may be, which may end the process. */
  readonly part: 'right' | 'buffers'
  /** Whether a program in a card's place is looked at as well. */
  readonly software: boolean
  /** Of `buffers`: no larger ones than this, in bytes. */
  readonly most?: number
}

export type CheckEvent =
  | { readonly type: 'adapter'; readonly adapter: Adapter }
  | { readonly type: 'doing'; readonly what: string; readonly op?: string }
  | { readonly type: 'buffer'; readonly bytes: number }
  | { readonly type: 'warning'; readonly message: string }

export interface CheckResult {
  readonly adapter: Adapter
  readonly checks: readonly DeviceFinding[]
  readonly rates?: Omit<DeviceRates, 'largestBuffer'>
}

/** One thing that must hold. */
export interface DeviceFinding {
  readonly name: string
  /** The largest difference from what is right, relatively. */
  readonly difference: number
  readonly tolerance: number
}

/** @throws {Fault} if the device cannot be used */
export async function checkDevice(
  { device, part, software, most = 0 }: CheckRequest,
  onEvent: (event: CheckEvent) => void,
): Promise<CheckResult> {
  const [engine, processor] = [await engineFor(device), await engineFor(usualDevice)]
  const model = await engine.hold([transferred], {})
  // The device is opened by the first that is asked of it.
  await model.write(transferred.name, () => {})
  const adapter = adapterOf(device)
  onEvent({ type: 'adapter', adapter })
  if (adapter.software && !software) return { adapter, checks: [] }
  if (part === 'buffers') {
    await fillBuffers(model, most, (bytes) => onEvent({ type: 'buffer', bytes }))
    return { adapter, checks: [] }
  }
  const doing = (what: string, op?: string): void => onEvent({ type: 'doing', what, ...(op && { op }) })
  const checks = [...(await opChecks(model, await processor.hold([], {}), doing))]
  checks.push(...(await lessonChecks(engine, processor, doing)))
  doing('rates')
  const float16 = await halfRate(model, (message) => onEvent({ type: 'warning', message }))
  const rates = {
    float32: await productsRate(model, 'float'),
    ...(float16 === undefined ? {} : { float16 }),
    ...(await transferRates(model, transferred.name, transferred.shape[0]!)),
  }
  return { adapter, checks, rates }
}

/** `undefined` where the device has no such numbers: a graph with them is then refused. */
async function halfRate(model: HeldModel, onRefusal: (sentence: string) => void): Promise<number | undefined> {
  try {
    return await productsRate(model, 'float16')
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).split('\n')[0]
    onRefusal(`Products in float16 are not measured: ${why}`)
    return undefined
  }
}

/** What is sent there and back. */
const transferred = { name: 'transferred', shape: [2 ** 24], decay: false, lookedUp: false } satisfies ParameterSpec

function adapterOf(device: DeviceName): Adapter {
  return device === usualDevice ? { name: 'the processor', driver: 'none', software: false } : adapterInUse()
}

async function opChecks(
  model: HeldModel,
  processor: HeldModel,
  doing: (what: string, op: string) => void,
): Promise<DeviceFinding[]> {
  const ops = opsOfGraphs(goldenArchitecture(), model)
  const findings = await checkOps(ops, model, processor, (op) => doing('operators', op))
  return findings.map(({ op, difference }) => ({ name: op, difference, tolerance: opTolerance }))
}

async function lessonChecks(
  engine: Engine,
  processor: Engine,
  doing: (what: string) => void,
): Promise<DeviceFinding[]> {
  doing('losses of validation rows')
  const losses = tensorDifference(await goldenTokenLosses(engine), await goldenTokenLosses(processor))
  doing('a lesson against its golden')
  const golden = { losses: goldenLosses, norms: goldenNorms }
  const plain = lessonDifference(await teachGolden(engine, 0), golden)
  doing('a lesson with dropout')
  const [here, there] = [await teachGolden(engine, 0.1, 4), await teachGolden(processor, 0.1, 4)]
  const again = await teachGolden(engine, 0.1, 4)
  const twice = lessonDifference(again, here)
  return [
    { name: 'losses of validation rows', difference: losses, tolerance: opTolerance },
    { name: 'a lesson against its golden', difference: plain, tolerance: lessonTolerance },
    {
      name: 'a lesson with dropout against the processor',
      difference: lessonDifference(here, there),
      tolerance: lessonTolerance,
    },
    { name: 'the same lesson twice', difference: twice, tolerance: 0 },
  ]
}
