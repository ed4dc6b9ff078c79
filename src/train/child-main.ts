import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Fault } from '../base/fault.ts'
import { takeLock } from '../base/lock.ts'
import { graphicsFacts } from '../devices/graphics-facts.ts'
import { usualDevice } from '../lesson/device.ts'
import type { Evaluation, Judgement, TeachEvent, TeachRequest, TeachResult } from '../lesson/protocol.ts'
import { checkDevice } from '../prove/check-device.ts'
import { type ChildMessage, type ChildOrder, deviceOf, type ParentMessage } from './child.ts'
import { LessonInterrupted, teachLesson } from './lesson.ts'
import { inCardTurn } from './lifetime/card-turn.ts'
import { likelihoodsOfFile } from './likelihoods.ts'
import { lossOfFile, predictFile } from './predict.ts'

// The entry of a child process: takes one order from its parent, sends events, then one outcome, and ends.

let stopping = false
/** Takes the parent's judgement while a lesson waits for it; `undefined`: there will be none. */
let judged: ((judgement: Judgement | undefined) => void) | undefined
const stop = (): void => {
  stopping = true
  judged?.(undefined)
}
// Long enough for a lesson to end an update and store its state, and short enough for nobody to meet a lesson of the dead.
const graceMs = 800
const watch = new Worker(new URL('./lifetime/parent-watch.js', import.meta.url), {
  workerData: { parent: Number(process.argv[2]), graceMs },
})
watch.unref()

// Ctrl-C, and the end of a terminal, reach the whole process group: the parent decides what they mean and says "stop".
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('disconnect', endAlone)
process.on('message', (message: ChildOrder | ParentMessage) => {
  if ('kind' in message) begin(message)
  else if (message.type === 'judgement') judged?.(message.judgement)
  else stop()
})

/** Only a lesson has a state to store: what else is asked to end ends at once, by the system's own rule. */
function begin(order: ChildOrder): void {
  if (order.kind === 'teach') {
    process.off('disconnect', endAlone)
    process.on('disconnect', stop)
    process.on('SIGTERM', stop)
  }
  void answer(order)
}

function endAlone(): void {
  process.exit(1)
}

async function answer(order: ChildOrder): Promise<void> {
  let outcome: ChildMessage
  try {
    outcome = { type: 'result', result: await workInTurn(order) }
  } catch (error) {
    outcome = failure(error)
  }
  await say(outcome)
  process.exit(outcome.type === 'result' ? 0 : 1)
}

/** A program in a card's place takes no turns: it has the memory of the machine. */
async function workInTurn(order: ChildOrder): Promise<unknown> {
  if (deviceOf(order) === usualDevice || graphicsFacts().cards.length === 0) return await work(order)
  const onWait = (message: string): void => onEvent({ type: 'warning', message })
  const done = await inCardTurn(() => work(order), { onWait, shouldStop: () => stopping })
  if (done === undefined) throw new LessonInterrupted('Stopped before the card was free')
  return done.result
}

function onEvent(event: unknown): void {
  if (process.connected) process.send?.({ type: 'event', event } satisfies ChildMessage, undefined, undefined, () => {})
}

function work(order: ChildOrder): Promise<unknown> {
  switch (order.kind) {
    case 'teach':
      return teachAlone(order.request, onEvent)
    case 'predict':
      return predictFile(order.request, onEvent)
    case 'likelihoods':
      return likelihoodsOfFile(order.request, onEvent)
    case 'loss':
      return lossOfFile(order.request, onEvent)
    case 'check':
      return checkDevice(order.request, onEvent)
  }
}

/**
 * A lesson whose parent was killed lives on for a moment; until then its state is not to be gone on from by the process of
 * the next run.
 */
async function teachAlone(request: TeachRequest, onEvent: (event: TeachEvent) => void): Promise<TeachResult> {
  const path = join(request.stateFolder, 'lock')
  let lock = takeLock(path)
  let toldOf: number | undefined
  for (; 'holder' in lock && !stopping; lock = takeLock(path)) {
    const { pid, host } = lock.holder
    if (pid !== toldOf) {
      onEvent({ type: 'warning', message: `Waiting for process ${pid} on ${host}, which still works on this lesson` })
    }
    toldOf = pid
    await setTimeout(1000)
  }
  if ('holder' in lock) throw new LessonInterrupted('Stopped before the lesson began')
  try {
    const { confirm: confirmLock } = lock
    const confirm = (): void => {
      confirmLock()
      // Whoever has finished the lesson has removed its state, with the lock in it.
      if (existsSync(path)) return
      throw new Fault(
        `Cannot go on as "${path}" is gone: another process has ended the lesson, or the folder was moved`,
      )
    }
    return await teachLesson(request, { onEvent, shouldStop: () => stopping, judge, confirm })
  } finally {
    lock.release()
  }
}

async function judge(evaluation: Evaluation): Promise<Judgement | undefined> {
  if (stopping) return undefined
  const judgement = new Promise<Judgement | undefined>((resolve) => {
    judged = resolve
  })
  await say({ type: 'evaluation', evaluation })
  return await judgement.finally(() => {
    judged = undefined
  })
}

function failure(error: unknown): ChildMessage {
  if (error instanceof LessonInterrupted) return { type: 'interrupted' }
  if (error instanceof Fault) {
    return { type: 'fault', message: error.message, ...(error.place ? { place: error.place } : {}) }
  }
  return { type: 'error', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

function say(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve())
    else resolve()
  })
}
