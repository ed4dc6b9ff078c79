import { spawn } from 'node:child_process'
import type { LiveJobs } from '../../serve/live-study.ts'
import type { Plan } from '../../study/plan/plan.ts'
import type { Store } from '../../study/store/store.ts'
import { liveSource } from './live-source.ts'

/** A live page that is there as long as a run. */
export interface OpenedPage {
  /** Ends it. */
  close(): Promise<void>
}

/**
 * Serves the live page of a study on a free port of this machine, tells its address and shows it in a browser, where there is one.
 *
 * @param say told the address, and why no browser shows it
 * @throws {Fault} if no port can be had
 */
export async function openPage(
  plan: Plan,
  store: Store,
  jobs: () => Promise<LiveJobs>,
  say: (sentence: string) => void,
): Promise<OpenedPage> {
  // Only who serves a page loads a server.
  const { serveLive } = await import('../../serve/live-server.ts')
  const end = new AbortController()
  let served: Promise<void> = Promise.resolve()
  const port = await new Promise<number>((resolve, reject) => {
    const place = { host: '127.0.0.1', port: 0, token: undefined, signal: end.signal }
    served = serveLive(liveSource(plan, store, jobs), place, resolve)
    served.catch(reject)
  })
  const url = `http://127.0.0.1:${port}/`
  say(`Live page, as long as this runs: ${url}`)
  await show(url, port, say)
  return {
    async close() {
      end.abort()
      await served
    },
  }
}

async function show(url: string, port: number, say: (sentence: string) => void): Promise<void> {
  const { env } = process
  if (env.SSH_CONNECTION || env.SSH_TTY) {
    say(
      `To see it from your own machine: ssh -L ${port}:127.0.0.1:${port} and the name of this one, then open that address`,
    )
    return
  }
  const command = browserCommand(url)
  const none = (): void => say('No browser could be opened here: open the address yourself')
  if (command === undefined || !(await started(command, none))) none()
}

/** How a browser is opened: as BROWSER says, else as the system does; `undefined` where there is no screen. */
function browserCommand(url: string): readonly [string, ...string[]] | undefined {
  const { BROWSER, DISPLAY, WAYLAND_DISPLAY } = process.env
  if (BROWSER) return [BROWSER, url]
  if (process.platform === 'darwin') return ['open', url]
  if (process.platform === 'win32') return ['explorer.exe', url]
  return DISPLAY || WAYLAND_DISPLAY ? ['xdg-open', url] : undefined
}

/**
 * Whether a program has begun. One that shows a page lives on, or hands it to another and ends well.
 *
 * @param onFailure it has ended otherwise, which Windows' always does
 */
export function started(
  [program, ...args]: readonly [string, ...string[]],
  onFailure: () => void,
  platform: string = process.platform,
): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', detached: true })
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      if (platform !== 'win32') child.once('exit', (code) => code !== 0 && onFailure())
      resolve(true)
    })
  })
}
