import { spawnSync } from 'node:child_process'
import { childEnvironment } from '../src/engine/cpu/child-environment.ts'

const mark = 'RETEACH_BENCH_CHILD'

/**
 * Begins a program of this folder again, in a process of its own with the memory settings of one that teaches or answers.
 *
 * @returns whether this is that process
 */
export function isOwnProcess(script: string): boolean {
  if (process.env[mark] !== undefined) return true
  const child = spawnSync(process.execPath, ['scripts/run-ts.mjs', script, ...process.argv.slice(2)], {
    env: { ...childEnvironment(process.env), [mark]: '1' },
    stdio: 'inherit',
  })
  process.exitCode = child.status ?? 1
  return false
}
