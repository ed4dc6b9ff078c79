import { Command } from 'commander'
import { vi } from 'vitest'

export interface Printed {
  readonly out: string
  readonly err: string
}

/** Runs one command of the CLI in this process; a fault or a refused flag is thrown. */
export function runCommand(add: (program: Command) => void, args: readonly string[]): Printed {
  const printed = { out: '', err: '' }
  const keep = (name: keyof Printed) => (text: string | Uint8Array) => {
    printed[name] += String(text)
    return true
  }
  const out = vi.spyOn(process.stdout, 'write').mockImplementation(keep('out'))
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(keep('err'))
  try {
    const program = new Command('reteach').exitOverride()
    add(program)
    for (const command of program.commands) command.exitOverride()
    program.parse(args, { from: 'user' })
  } finally {
    out.mockRestore()
    err.mockRestore()
  }
  return printed
}
