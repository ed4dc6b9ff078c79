#!/usr/bin/env node
import { addressSpaceFault, lacksAddressSpace } from '../base/bounds/address-space.ts'
import { wordsFromHome } from '../base/paths.ts'
import { guardOutput } from './guard-output.ts'
import { isHeldByNohup } from './print/interrupts.ts'
import { unfailingOutput } from './unfailing-output.ts'

guardOutput(process.stdout)
guardOutput(process.stderr)
unfailingOutput(process.stderr)
if (isHeldByNohup) process.on('SIGHUP', () => {})
process.exitCode = await run(wordsFromHome(process.argv))

/** A library among the program's parts reserves a memory as it is read: without room for it there is no program. */
async function run(words: readonly string[]): Promise<number> {
  try {
    const { runProgram } = await import('./program.ts')
    return await runProgram(words)
  } catch (error) {
    if (!lacksAddressSpace(String(error))) throw error
    process.stderr.write(`❌ ${addressSpaceFault('this program', error).describe()}\n`)
    return 1
  }
}
