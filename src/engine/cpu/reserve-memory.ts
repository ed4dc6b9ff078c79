import { addressSpaceFault } from '../../base/bounds/address-space.ts'

/**
 * A WebAssembly memory that never grows.
 *
 * @param what it is to hold, for the message
 * @param pages of 64 KiB
 * @throws {Fault} when there is no room for its addresses
 */
export function reserveMemory(what: string, pages: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages })
  } catch (cause) {
    throw addressSpaceFault(what, cause)
  }
}
