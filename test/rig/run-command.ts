import { Command } from 'commander'
import { vi } from 'vitest'
import { checkOutput } from './check-output.ts'

export interface Printed {
  readonly out: string
  readonly err: string
}

/** Runs one command of the CLI in this process; rejects with a fault or a refused flag. */
export async function runCommand(add: (program: Command) => void, args: readonly string[]): Promise<Printed> {
  const printed = { out: '', err: '' }
  const keep =
    (name: keyof Printed) =>
    (text: string | Uint8Array, done?: unknown): boolean => {
      printed[name] += String(text)
      if (typeof done === 'function') done()
      return true
    }
  const out = vi.spyOn(process.stdout, 'write').mockImplementation(keep('out') as typeof process.stdout.write)
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(keep('err') as typeof process.stderr.write)
  try {
    const program = new Command('reteach').exitOverride()
    add(program)
    for (const command of program.commands) command.exitOverride()
    await program.parseAsync(args, { from: 'user' })
  } finally {
    out.mockRestore()
    err.mockRestore()
    checkOutput(args, printed.out)
  }
  return printed
}
