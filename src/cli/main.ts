#!/usr/bin/env node
import { addressSpaceFault, lacksAddressSpace } from '../base/bounds/address-space.ts'
import { wordsFromHome } from '../base/paths.ts'
import { outOfFiles } from '../base/system-fault.ts'
import { guardOutput } from './guard-output.ts'
import { isHeldByNohup } from './print/interrupts.ts'
import { unfailingOutput } from './unfailing-output.ts'

guardOutput(process.stdout)
guardOutput(process.stderr)
unfailingOutput(process.stderr)
if (isHeldByNohup) process.on('SIGHUP', () => {})
process.exitCode = await run(wordsFromHome(process.argv))

/**
 * A library among the program's parts reserves a memory as it is read, and many parts are read at once: without room for it, or
 * for as many open files, there is no program.
 */
async function run(words: readonly string[]): Promise<number> {
  try {
    const { runProgram } = await import('./program.ts')
    return await runProgram(words)
  } catch (error) {
    const fault = lacksAddressSpace(String(error)) ? addressSpaceFault('this program', error) : undefined
    const files = outOfFiles(error)
    if (fault === undefined && files === undefined) throw error
    process.stderr.write(`❌ ${fault?.describe() ?? `Cannot begin as ${files}`}\n`)
    return 1
  }
}
