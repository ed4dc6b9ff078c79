import { setInterval } from 'node:timers'
import { workerData } from 'node:worker_threads'

// A thread of a child process. It ends the process soon after its parent has died, also while the main thread is inside a
// long run of the engine and hears nothing. A process whose parent dies is given another one, so that the number of a
// process that comes later cannot be taken for the parent's.

const { parent, graceMs } = workerData as { readonly parent: number; readonly graceMs: number }
const lookMs = 200
let goneMs: number | undefined

setInterval(() => {
  if (isThere()) return
  goneMs ??= performance.now()
  if (performance.now() - goneMs >= graceMs) process.kill(process.pid, 'SIGKILL')
}, lookMs)

function isThere(): boolean {
  if (process.platform !== 'win32') return process.ppid === parent
  try {
    process.kill(parent, 0)
    return true
  } catch {
    return false
  }
}
