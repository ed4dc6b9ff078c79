import { Fault } from '../../base/fault.ts'
import type { ByteCursor } from './byte-cursor.ts'

/** A name that a pickle may use; `call` is what calling it does here. Nothing of Python is ever imported or run. */
export class PickleGlobal {
  readonly name: string
  readonly call: ((args: readonly unknown[]) => unknown) | undefined

  constructor(name: string, call?: (args: readonly unknown[]) => unknown) {
    this.name = name
    this.call = call
  }
}

export interface PickleHooks {
  /** The only globals there are, by `module.name`. */
  readonly globals: ReadonlyMap<string, PickleGlobal>
  /** What a persistent id, torch's way to name a storage, stands for. */
  persistent(id: unknown): unknown
}

/**
 * Reads one pickle (the opcodes of protocols 2 to 5 that data without classes needs) as plain values: dicts as `Map`,
 * lists and tuples as arrays, integers as number or bigint.
 *
 * A pickle is a program. This interpreter knows the instructions that build data and calls nothing but `hooks.globals`.
 *
 * @throws {Fault} naming the first global that is not allowed, the first instruction that is not known, or the cut
 * Source: opcode meanings as in Python's pickletools.
 */
export function readPickle(cursor: ByteCursor, hooks: PickleHooks): unknown {
  const machine: Machine = { cursor, hooks, stack: [], marks: [], memo: new Map(), start: cursor.position }
  for (let steps = 0; steps < maxSteps; steps++) {
    const code = cursor.byte()
    if (code === stopCode) return pop(machine)
    const run = opcodes.get(code)
    if (run === undefined) fail(machine, `has the pickle instruction 0x${code.toString(16)}, which no checkpoint needs`)
    run(machine)
    if (cursor.position - machine.start > maxBytes) break
  }
  fail(machine, `has a pickle of more than ${maxSteps} instructions or ${maxBytes} bytes, which no checkpoint needs`)
}

/** A T5 of 48 layers needs some 20,000 instructions; the bounds keep a hostile file from filling the memory. */
const maxSteps = 1_000_000
const maxBytes = 64 * 2 ** 20

const stopCode = 0x2e

interface Machine {
  readonly cursor: ByteCursor
  readonly hooks: PickleHooks
  readonly stack: unknown[]
  /** Stack heights at the open MARKs. */
  readonly marks: number[]
  readonly memo: Map<number, unknown>
  readonly start: number
}

type Run = (machine: Machine) => void

/** By code, in the order of pickletools; the comment names the instruction. */
const opcodes: ReadonlyMap<number, Run> = new Map<number, Run>([
  [0x4a, (m) => m.stack.push(m.cursor.take(4).readInt32LE())], // BININT
  [0x4b, (m) => m.stack.push(m.cursor.byte())], // BININT1
  [0x4d, (m) => m.stack.push(m.cursor.take(2).readUInt16LE())], // BININT2
  [0x8a, (m) => m.stack.push(integer(m.cursor.take(m.cursor.byte())))], // LONG1
  [0x54, (m) => m.stack.push(text(m, m.cursor.take(4).readUInt32LE()))], // BINSTRING
  [0x55, (m) => m.stack.push(text(m, m.cursor.byte()))], // SHORT_BINSTRING
  [0x42, (m) => m.stack.push(Buffer.from(m.cursor.take(m.cursor.take(4).readUInt32LE())))], // BINBYTES
  [0x43, (m) => m.stack.push(Buffer.from(m.cursor.take(m.cursor.byte())))], // SHORT_BINBYTES
  [0x58, (m) => m.stack.push(text(m, m.cursor.take(4).readUInt32LE()))], // BINUNICODE
  [0x8c, (m) => m.stack.push(text(m, m.cursor.byte()))], // SHORT_BINUNICODE
  [0x8d, (m) => m.stack.push(text(m, Number(m.cursor.take(8).readBigUInt64LE())))], // BINUNICODE8
  [0x47, (m) => m.stack.push(m.cursor.take(8).readDoubleBE())], // BINFLOAT
  [0x4e, (m) => m.stack.push(null)], // NONE
  [0x88, (m) => m.stack.push(true)], // NEWTRUE
  [0x89, (m) => m.stack.push(false)], // NEWFALSE
  [0x5d, (m) => m.stack.push([])], // EMPTY_LIST
  [0x6c, (m) => m.stack.push(popMark(m))], // LIST
  [0x61, (m) => appendTo(m, [pop(m)])], // APPEND
  [0x65, (m) => appendTo(m, popMark(m))], // APPENDS
  [0x29, (m) => m.stack.push([])], // EMPTY_TUPLE
  [0x74, (m) => m.stack.push(popMark(m))], // TUPLE
  [0x85, (m) => m.stack.push(popMany(m, 1))], // TUPLE1
  [0x86, (m) => m.stack.push(popMany(m, 2))], // TUPLE2
  [0x87, (m) => m.stack.push(popMany(m, 3))], // TUPLE3
  [0x7d, (m) => m.stack.push(new Map())], // EMPTY_DICT
  [0x64, (m) => m.stack.push(setItems(m, new Map(), popMark(m)))], // DICT
  [0x73, (m) => setItemsOfTop(m, popMany(m, 2))], // SETITEM
  [0x75, (m) => setItemsOfTop(m, popMark(m))], // SETITEMS
  [0x30, (m) => void pop(m)], // POP
  [0x31, (m) => void popMark(m)], // POP_MARK
  [0x32, (m) => m.stack.push(top(m))], // DUP
  [0x28, (m) => m.marks.push(m.stack.length)], // MARK
  [0x68, (m) => m.stack.push(recall(m, m.cursor.byte()))], // BINGET
  [0x6a, (m) => m.stack.push(recall(m, m.cursor.take(4).readUInt32LE()))], // LONG_BINGET
  [0x71, (m) => m.memo.set(m.cursor.byte(), top(m))], // BINPUT
  [0x72, (m) => m.memo.set(m.cursor.take(4).readUInt32LE(), top(m))], // LONG_BINPUT
  [0x94, (m) => m.memo.set(m.memo.size, top(m))], // MEMOIZE
  [0x63, (m) => m.stack.push(findGlobal(m, m.cursor.line(), m.cursor.line()))], // GLOBAL
  [0x93, (m) => m.stack.push(findGlobal(m, ...(popMany(m, 2) as [unknown, unknown])))], // STACK_GLOBAL
  [0x52, (m) => m.stack.push(call(m, ...(popMany(m, 2) as [unknown, unknown])))], // REDUCE
  [0x81, (m) => m.stack.push(call(m, ...(popMany(m, 2) as [unknown, unknown])))], // NEWOBJ
  [0x62, (m) => build(m)], // BUILD
  [0x51, (m) => m.stack.push(m.hooks.persistent(pop(m)))], // BINPERSID
  [0x80, (m) => void m.cursor.byte()], // PROTO
  [0x95, (m) => void m.cursor.take(8)], // FRAME
])

function call(machine: Machine, callee: unknown, args: unknown): unknown {
  if (!(callee instanceof PickleGlobal) || !Array.isArray(args)) fail(machine, 'has a pickle that calls a plain value')
  if (callee.call === undefined) fail(machine, `has a pickle that calls "${callee.name}", which is only a type`)
  return callee.call(args)
}

function findGlobal(machine: Machine, module: unknown, name: unknown): PickleGlobal {
  const qualified = `${shownValue(module, 200)}.${shownValue(name, 200)}`
  const found = machine.hooks.globals.get(qualified)
  if (found === undefined) {
    fail(
      machine,
      `has a pickle that asks for ${JSON.stringify(qualified)}, which is no part of a tensor, and nothing was run; ${adviceFor(qualified)}`,
    )
  }
  return found
}

/** What to do about a file that asks for a class: the whole model was pickled, or the state of a training program. */
function adviceFor(qualified: string): string {
  if (/^(?:transformers|peft|torch\.nn|__main__)\./u.test(qualified)) {
    return 'it is a whole pickled model and not its weights: load it in Python and call its save_pretrained'
  }
  if (/^(?:pytorch_lightning|lightning)\b/u.test(qualified)) {
    return 'it is a checkpoint of Lightning: load it in Python and call save_pretrained of the model inside'
  }
  return "take the model's safetensors file or another source"
}

/** Sets attributes. A state dict carries its `_metadata` this way, which nothing here needs. */
function build(machine: Machine): void {
  pop(machine)
  if (!(top(machine) instanceof Map)) fail(machine, 'has a pickle that sets attributes of something other than a dict')
}

function appendTo(machine: Machine, values: readonly unknown[]): void {
  const list = top(machine)
  if (!Array.isArray(list)) fail(machine, 'has a pickle that appends to something other than a list')
  for (const value of values) list.push(value)
}

function setItemsOfTop(machine: Machine, items: readonly unknown[]): void {
  const dict = top(machine)
  if (!(dict instanceof Map)) fail(machine, 'has a pickle that sets items of something other than a dict')
  setItems(machine, dict, items)
}

function setItems(machine: Machine, dict: Map<unknown, unknown>, items: readonly unknown[]): Map<unknown, unknown> {
  if (items.length % 2 !== 0) fail(machine, 'has a pickle with a key without a value')
  for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1])
  return dict
}

function recall(machine: Machine, key: number): unknown {
  if (!machine.memo.has(key)) fail(machine, `has a pickle that recalls value ${key} before it was stored`)
  return machine.memo.get(key)
}

function top(machine: Machine): unknown {
  if (machine.stack.length <= (machine.marks.at(-1) ?? 0))
    fail(machine, 'has a pickle that takes more than it put down')
  return machine.stack.at(-1)
}

function pop(machine: Machine): unknown {
  const value = top(machine)
  machine.stack.pop()
  return value
}

function popMany(machine: Machine, count: number): unknown[] {
  return Array.from({ length: count }, () => pop(machine)).reverse()
}

function popMark(machine: Machine): unknown[] {
  const mark = machine.marks.pop()
  if (mark === undefined) fail(machine, 'has a pickle that takes more than it put down')
  return machine.stack.splice(mark)
}

function text(machine: Machine, length: number): string {
  return machine.cursor.take(length).toString('utf8')
}

/** Little-endian two's complement, as a number where that is exact. */
function integer(bytes: Buffer): number | bigint {
  const hex = Buffer.from(bytes).reverse().toString('hex')
  const value = hex === '' ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`))
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

/**
 * A value of a pickle for a message. Lists may hold one another many times over: as text, thirty of them fill the memory.
 *
 * @param longest characters that are shown
 */
export function shownValue(value: unknown, longest = 80): string {
  if (typeof value === 'string') return value.slice(0, longest)
  if (value instanceof PickleGlobal) return value.name.slice(0, longest)
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  return String(value).slice(0, longest)
}

function fail(machine: Machine, reason: string): never {
  throw new Fault(`Cannot read "${machine.cursor.file.path}" as a torch checkpoint: it ${reason}`)
}
