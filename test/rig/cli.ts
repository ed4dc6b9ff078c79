import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { checkOutput } from './check-output.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export interface CliResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

export interface CliOptions {
  readonly cwd: string
  /** Given to standard input. */
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** In a group of processes of its own, which its pid names. */
  readonly detached?: true
  /** Called every few milliseconds while the process runs. */
  readonly whileRunning?: (child: ChildProcess) => void
}

/** Runs the built command line, as a user does; `npm test` builds it before. */
export function runCli(
  args: readonly string[],
  { cwd, input, env, detached, whileRunning }: CliOptions,
): Promise<CliResult> {
  if (!existsSync(main)) throw new Error(`Cannot test the command line as "${main}" is not there: run "npm run build"`)
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd,
      // Whatever called the tests: nohup changes what a signal does.
      env: { ...process.env, NO_COLOR: '1', _: main, ...env },
      detached: detached === true,
    })
    const printed = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed.out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      printed.err += text
    })
    const look = setInterval(() => whileRunning?.(child), 5)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearInterval(look)
      try {
        if (code !== null) checkOutput(args, printed.out)
        resolve({ code, signal, ...printed })
      } catch (error) {
        reject(error)
      }
    })
    child.stdin.on('error', () => {})
    child.stdin.end(input ?? '')
  })
}
