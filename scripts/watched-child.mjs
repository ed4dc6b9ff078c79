import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Between two of a child's messages, in its own processor time: other work on the machine must not make it a hang. */
const longestBusyMs = 30_000
/** Where processor time is not known, or the child waits for nothing: all of the time. */
const longestMs = 600_000

/**
 * Runs this script once more as a child, and ends it when it hangs.
 *
 * @param {readonly string[]} options of the child
 * @param {number} megabytes that its heap may take
 * @param {(message: any) => void} onMessage
 * @returns {Promise<string | undefined>} what went wrong: a hang or a crash
 */
export function watchedChild(options, megabytes, onMessage) {
  return new Promise((resolve) => {
    const child = fork(process.argv[1], options, {
      execArgv: [`--max-old-space-size=${megabytes}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let errors = ''
    let problem
    let since = performance.now()
    let busySince = 0
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors = (errors + text).slice(-2000)
    })
    const timer = setInterval(() => {
      const busyMs = (busyMsOf(child.pid) ?? 0) - busySince
      const ms = performance.now() - since
      if (busyMs < longestBusyMs && ms < longestMs) return
      problem = `it hangs: nothing for ${Math.round(ms / 1000)} s, ${Math.round(busyMs / 1000)} s of them busy`
      child.kill('SIGKILL')
    }, 1000)
    child.on('message', (message) => {
      since = performance.now()
      busySince = busyMsOf(child.pid) ?? 0
      onMessage(message)
    })
    child.on('close', (code, signal) => {
      clearInterval(timer)
      const crash = code === 0 ? undefined : `it crashes (${signal ?? code}): ${errors.trim().slice(-600)}`
      resolve(problem ?? crash)
    })
  })
}

/** Processor time of a process so far. Linux counts it in hundredths of a second. */
function busyMsOf(pid) {
  try {
    const [, fields] = /\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    const [user, system] = fields.split(' ').slice(11, 13)
    return 10 * (Number(user) + Number(system))
  } catch {
    return undefined
  }
}
