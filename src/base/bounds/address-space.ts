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

/** How many bytes of addresses this process may take; `undefined`: without limit, or not known. */
function addressSpaceLimit(): number | undefined {
  try {
    const found = /^Max address space\s+(\d+)/mu.exec(readFileSync('/proc/self/limits', 'utf8'))
    return found === null ? undefined : Number(found[1])
  } catch {
    return undefined
  }
}
