import { DeviceFull } from './device-fault.ts'
import { zeros } from './small-graphs.ts'

/**
 * The most bytes that a buffer of the device may have. onnxruntime tells no limits: it is asked for a buffer that is too
 * large, and the refusal names the limit.
 *
 * @throws {Fault} when there is no device
 */
export function largestBuffer(): Promise<number> {
  asked ??= ask()
  // The next one tries again.
  asked.catch(() => {
    asked = undefined
  })
  return asked
}

let asked: Promise<number> | undefined

async function ask(): Promise<number> {
  // A driver may refuse the first one by itself, and names no limit.
  return (await refusal()) ?? (await refusal()) ?? askedBytes
}

/** @returns the limit that the refusal names, `undefined` where it names none or the buffer was to be had */
async function refusal(): Promise<number | undefined> {
  try {
    const buffer = await zeros([askedBytes / 4])
    buffer.release()
    return undefined
  } catch (error) {
    if (!(error instanceof DeviceFull)) throw error
    return limitIn(error)
  }
}

/** Where so much is to be had, the card's memory is the limit. */
const askedBytes = 2 ** 32

/** What "Buffer size (4294967296) exceeds the max buffer size limit (1073741824)" names. */
function limitIn(error: unknown): number | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const found = /max buffer size limit \((\d+)\)/.exec(at.message)
    if (found) return Number(found[1])
  }
  return undefined
}
