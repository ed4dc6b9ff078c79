import { fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { addressSpaceFault, lacksAddressSpace } from '../base/bounds/address-space.ts'
import { Fault, type FaultPlace, type FieldKinds, refuseArguments } from '../base/fault.ts'
import { lockHolder } from '../base/lock.ts'
import { outOfFiles, systemFault } from '../base/system-fault.ts'
import { type Backend, backendOf } from '../engine/backends/backends.ts'
import { chosenDevice, type DeviceName } from '../lesson/device.ts'
import type {
  Evaluation,
  Judge,
  Judgement,
  LikelihoodRequest,
  LossEvent,
  LossRequest,
  LossResult,
  PredictEvent,
  PredictRequest,
  PredictResult,
  TeachEvent,
  TeachRequest,
  TeachResult,
} from '../lesson/protocol.ts'
import type { CheckEvent, CheckRequest, CheckResult } from '../prove/check-device.ts'
import { lossFields, predictFields, refuseRequest, refuseTeachRequest } from './check-request.ts'
import { dropUnusedBest, hasState } from './lesson-state.ts'

/** The work that a child process does; each kind with its request, events and result. */
export interface ChildWork {
  teach: { request: TeachRequest; event: TeachEvent; result: TeachResult }
  predict: { request: PredictRequest; event: PredictEvent; result: PredictResult }
  likelihoods: { request: LikelihoodRequest; event: PredictEvent; result: PredictResult }
  loss: { request: LossRequest; event: LossEvent; result: LossResult }
  check: { request: CheckRequest; event: CheckEvent; result: CheckResult }
}

export type ChildOrder = {
  [K in keyof ChildWork]: { readonly kind: K; readonly request: ChildWork[K]['request'] }
}[keyof ChildWork]

/** What a child says to its parent. */
export type ChildMessage =
  | { readonly type: 'event'; readonly event: unknown }
  | { readonly type: 'evaluation'; readonly evaluation: Evaluation }
  | { readonly type: 'result'; readonly result: unknown }
  | { readonly type: 'fault'; readonly message: string; readonly place?: FaultPlace }
  | { readonly type: 'error'; readonly stack: string }
  | { readonly type: 'interrupted' }

/** What a parent says to its child after the order. */
export type ParentMessage = { readonly type: 'stop' } | { readonly type: 'judgement'; readonly judgement: Judgement }

export interface ChildOptions<E> {
  readonly onEvent?: (event: E) => void
  /** Aborting ends the child, a lesson after it has stored its state; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Told the number of the process once it runs. */
  readonly onSpawn?: (pid: number) => void
}

/**
 * Teaches a lesson in a process of its own, so that a crash or the system's out-of-memory killer ends only the lesson.
 *
 * @param options `judge` is needed when the request asks for answers
 * @throws {Fault} on user faults, and when the process was killed
 */
export async function teachInChild(
  request: TeachRequest,
  options: ChildOptions<TeachEvent> & { readonly judge?: Judge } = {},
): Promise<TeachResult> {
  refuseTeachRequest(request)
  try {
    return await runInChild('teach', request, options)
  } catch (error) {
    // However it ended, on a full disk or by a kill: but not what another process goes on with.
    if (lockHolder(join(request.stateFolder, 'lock')) === undefined) dropUnusedBest(request.stateFolder)
    throw error
  }
}

/** Generates answers in a process of its own. @throws {Fault} as {@link teachInChild} */
export async function predictInChild(
  request: PredictRequest,
  options: ChildOptions<PredictEvent> = {},
): Promise<PredictResult> {
  refuseRequest(request, predictFields)
  return await runInChild('predict', request, options)
}

/** Measures how likely answers are in a process of its own. @throws {Fault} as {@link teachInChild} */
export function likelihoodsInChild(
  request: LikelihoodRequest,
  options: ChildOptions<PredictEvent> = {},
): Promise<PredictResult> {
  return runInChild('likelihoods', request, options)
}

/** Computes losses in a process of its own. @throws {Fault} as {@link teachInChild} */
export async function lossOf(request: LossRequest, options: ChildOptions<LossEvent> = {}): Promise<LossResult> {
  refuseRequest(request, lossFields)
  return await runInChild('loss', request, options)
}

/** Looks whether a device computes rightly in a process of its own. @throws {Fault} as {@link teachInChild} */
export function checkInChild(request: CheckRequest, options: ChildOptions<CheckEvent> = {}): Promise<CheckResult> {
  return runInChild('check', request, options)
}

const optionKinds: FieldKinds<ChildOptions<never> & { judge?: Judge }> = {
  onEvent: 'function?',
  signal: 'signal?',
  onSpawn: 'function?',
  judge: 'function?',
}

async function runInChild<K extends keyof ChildWork>(
  kind: K,
  request: ChildWork[K]['request'],
  options: ChildOptions<ChildWork[K]['event']> & { readonly judge?: Judge },
): Promise<ChildWork[K]['result']> {
  refuseArguments({ options }, { options: { fields: optionKinds } })
  const { onEvent, signal, onSpawn, judge } = options
  if (judge === undefined && kind === 'teach' && (request as TeachRequest).evaluate?.answers !== undefined) {
    throw new Fault('Missing "judge": it says what the answers of an evaluation are worth')
  }
  return await new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const backend: Backend = backendOf(deviceOf({ kind, request } as ChildOrder))
    const child = fork(fileURLToPath(new URL('./child-main.js', import.meta.url)), [String(process.pid)], {
      env: backend.environment(process.env),
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let complaints = ''
    let outcome: (() => void) | undefined
    /** Whatever it says of its work from then on is wrong; what it has stored before is not. */
    let untold: Fault | undefined
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaints = (complaints + text).slice(-4000)
      untold ??= backend.untold?.(complaints)
      if (untold !== undefined) child.kill('SIGKILL')
    })
    let broken: { readonly error: unknown } | undefined
    // A child that has ended takes nothing, and how it ended is told when it closes.
    const tell = (message: ChildOrder | ParentMessage): void => void child.send(message, () => {})
    const stop = (): void => {
      // Only a lesson has something to store.
      if (kind !== 'teach') child.kill('SIGKILL')
      else tell({ type: 'stop' })
    }
    const answer = async (evaluation: Evaluation): Promise<void> => {
      try {
        const judgement = await judge!(evaluation)
        tell({ type: 'judgement', judgement })
      } catch (error) {
        // Its last stored state stays as it is.
        outcome = () => reject(error)
        child.kill('SIGKILL')
      }
    }
    /** An exception of who listens ends the work as an abortion does, and is what comes of it. */
    const hear = (event: ChildWork[K]['event']): void => {
      if (broken !== undefined) return
      try {
        onEvent?.(event)
      } catch (error) {
        broken = { error }
        stop()
      }
    }
    signal?.addEventListener('abort', stop, { once: true })
    try {
      if (child.pid !== undefined) onSpawn?.(child.pid)
    } catch (error) {
      broken = { error }
      child.kill('SIGKILL')
    }
    child.on('message', (message: ChildMessage) => {
      switch (message.type) {
        case 'event':
          hear(message.event as ChildWork[K]['event'])
          break
        case 'evaluation':
          void answer(message.evaluation)
          break
        case 'result':
          outcome = () => resolve(message.result as ChildWork[K]['result'])
          break
        case 'fault':
          // Once it has closed, as what it has printed by then may say more.
          outcome = () =>
            reject(new Fault(backend.nearer?.(message.message, complaints) ?? message.message, message.place))
          break
        case 'error':
          outcome = () => reject(new Error(`The ${kind} process failed: ${message.stack}`))
          break
        case 'interrupted':
          outcome = () =>
            reject(signal?.reason ?? new Fault(`The ${kind} process was asked to stop: run again to go on`))
          break
      }
    })
    child.on('error', (error) => {
      outcome ??= () => reject(systemFault(`Cannot start the ${kind} process`, error))
      signal?.removeEventListener('abort', stop)
      if (child.exitCode === null && child.pid === undefined) outcome()
    })
    child.on('close', (code, killedBy) => {
      signal?.removeEventListener('abort', stop)
      if (untold !== undefined) reject(untold)
      else if (broken !== undefined) reject(broken.error)
      else if (outcome) outcome()
      else if (signal?.aborted) reject(signal.reason)
      else reject(diedFault({ kind, request } as ChildOrder, code, killedBy, complaints))
    })
    // One that could not be started takes no orders, as the error that follows says.
    if (child.pid !== undefined) tell({ kind, request } as ChildOrder)
  })
}

/** What an order is computed on. */
export function deviceOf({ kind, request }: ChildOrder): DeviceName {
  return chosenDevice(kind === 'teach' ? request.lesson.device : request.device)
}

function hasKept({ kind, request }: ChildOrder): boolean {
  if (kind === 'teach') return hasState(request.stateFolder)
  return kind === 'predict' && request.keep !== undefined && existsSync(request.keep)
}

function diedFault(order: ChildOrder, code: number | null, killedBy: string | null, complaints: string): Fault {
  const { kind } = order
  const goOn = hasKept(order) ? '; what it has saved is kept, run again to go on' : '; run again'
  if (killedBy === 'SIGKILL') {
    return new Fault(
      `The ${kind} process was killed (SIGKILL), most likely because memory ran out: use a smaller batch or micro-batch${goOn}`,
    )
  }
  const files = outOfFiles(complaints)
  if (files !== undefined) return new Fault(`The ${kind} process cannot go on as ${files}`)
  const ofDevice = backendOf(deviceOf(order)).fault?.(complaints)
  if (ofDevice !== undefined) return ofDevice
  const how = killedBy === null ? `ended with code ${code}` : `was killed (${killedBy})`
  const lines = complaints.trim().split('\n')
  // Node ends what it says of an error with its version; the error itself stands above its stack.
  const said = lines.findLast((line) => /\berror\b/i.test(line))?.trim() ?? lines.slice(-3).join(' ')
  if (lacksAddressSpace(complaints)) return addressSpaceFault(`the ${kind} process`, complaints)
  if (/bad_alloc|out of memory|Cannot allocate/i.test(complaints)) {
    return new Fault(`The ${kind} process ran out of memory: use a smaller batch or micro-batch${goOn}`)
  }
  return new Fault(`The ${kind} process ${how}${said === '' ? '' : ` (${said})`}${goOn}`)
}
