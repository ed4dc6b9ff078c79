import { createInterface } from 'node:readline'

/** Asks on the terminal for y or yes. `undefined`: nobody is there to ask. */
export async function ask(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY) return undefined
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await new Promise<string>((resolve) => {
      terminal.on('close', () => resolve(''))
      terminal.question(`${question} [y/N] `, resolve)
    })
    return /^y(?:es)?$/iu.test(answer.trim())
  } finally {
    terminal.close()
  }
}
