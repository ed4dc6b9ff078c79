import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Fault } from '../fault.ts'

/** Beside its own bytes V8 reserves room for every offset that an instruction could name, and never touches it. */
const gibOfMemory = 10

/** Whether an error says that a WebAssembly memory found no room. */
export function lacksAddressSpace(text: string): boolean {
  return /WebAssembly.*(?:out of memory|could not allocate)/isu.test(text)
}

/**
 * A sentence for a WebAssembly memory that finds no room, which is nearly always a limit on address space and no lack of
 * memory.
 *
 * @param what is to be held, such as `the model`
 */
export function addressSpaceFault(what: string, cause: unknown): Fault {
  const limit = addressSpaceLimit()
  const found = limit === undefined ? '' : ` and this process may take ${(limit / 2 ** 30).toFixed(1)} GiB in all`
  return new Fault(
    `Cannot reserve address space for ${what}: each block takes ${gibOfMemory} GiB of it, most of which is never used,${found} ` +
      '(ulimit -v): raise the limit by as much, or set NODE_OPTIONS=--disable-wasm-trap-handler, which is slower',
    undefined,
    { cause },
  )
}

/** What a process with its runtime and small graphs takes besides its memories; activations come on top. */
const gibOfProgram = 1.8

/** What a process with so many WebAssembly memories needs at the least, in GiB. */
export function gibOfBlocks(blocks: number): number {
  return gibOfProgram + blocks * gibOfMemory
}

/**
 * Whether a process under this one's limit finds addresses for so many WebAssembly memories. Where the limit seems too low a
 * process tries it, as later Nodes make do with less.
 */
export function hasAddressSpace(blocks: number, limit = addressSpaceLimit()): boolean {
  if (limit === undefined || limit >= gibOfBlocks(blocks) * 2 ** 30) return true
  const tried = `const all = [new ArrayBuffer(2 ** 29)]
    for (let at = 0; at < ${blocks}; at++) all.push(new WebAssembly.Memory({ initial: 8192, maximum: 8192 }))`
  return spawnSync(process.execPath, ['-e', tried], { stdio: 'ignore' }).status === 0
}

/**
 * That a limit on addresses will end a work before it begins.
 *
 * @param work such as `teach "mt5 -> res"`
 */
export function tooFewAddresses(work: string, blocks: number): Fault {
  const limit = ((addressSpaceLimit() ?? 0) / 2 ** 30).toFixed(1)
  return new Fault(
    `Cannot ${work} in ${limit} GiB of address space (ulimit -v): it takes at least ${gibOfBlocks(blocks).toFixed(1)} GiB, most of which is ` +
      'never used; raise the limit, or set NODE_OPTIONS=--disable-wasm-trap-handler, which is slower',
  )
}

/** How many bytes of addresses this process may take; `undefined`: without limit, or not known. */
export function addressSpaceLimit(): number | undefined {
  try {
    const found = /^Max address space\s+(\d+)/mu.exec(readFileSync('/proc/self/limits', 'utf8'))
    return found === null ? undefined : Number(found[1])
  } catch {
    return undefined
  }
}
