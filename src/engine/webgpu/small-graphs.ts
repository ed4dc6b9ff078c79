import { GraphBuilder } from '../../graph/builder.ts'
import { elementCount, type Tensor } from '../../graph/tensor.ts'
import { deviceDialect } from './device-dialect.ts'
import { DeviceSession } from './device-session.ts'
import { type DeviceTensor, viewInstead } from './device-tensor.ts'

/** Brings numbers to the device. */
export async function upload(data: Float32Array, dims: readonly number[]): Promise<DeviceTensor> {
  return await uploadParts(dims, (begin, end) => data.subarray(begin, end))
}

/** Brings numbers to the device, a slice at a time. @param partOf gives those from one element up to another */
export async function uploadParts(
  dims: readonly number[],
  partOf: (begin: number, end: number) => Float32Array | Promise<Float32Array>,
): Promise<DeviceTensor> {
  const size = elementCount(dims)
  const parts: DeviceTensor[] = []
  for (let begin = 0; begin < size; begin += sliceElements) {
    const data = await partOf(begin, Math.min(size, begin + sliceElements))
    const part = (await run('identity', { x: { type: 'float', data, dims: [data.length] } })).held('y')
    parts.push(part)
    // Else all slices lie in this process's memory a second time, on their way.
    if (size > sliceElements) await untilDone(part)
  }
  return viewInstead(await joined(parts), dims)
}

/** Zeros that never lay in this process's memory. */
export async function zeros(dims: readonly number[]): Promise<DeviceTensor> {
  const size = BigInt64Array.of(BigInt(elementCount(dims)))
  const results = await run('zeros', { size: { type: 'int64', data: size, dims: [1] } })
  return viewInstead(results.held('y'), dims)
}

/** Brings a tensor's numbers here, a slice at a time. */
export async function download(tensor: DeviceTensor, take: (part: Float32Array, begin: number) => void): Promise<void> {
  let begin = 0
  for await (const part of slicesOf(tensor)) {
    take(part, begin)
    begin += part.length
  }
}

/** A tensor's numbers, a slice at a time: each is brought here when it is asked for. */
export async function* slicesOf(tensor: DeviceTensor): AsyncGenerator<Float32Array> {
  const flat = tensor.view([tensor.size])
  try {
    for (let begin = 0; begin < flat.size; begin += sliceElements) {
      const end = Math.min(flat.size, begin + sliceElements)
      yield (await elements(flat, begin, end, 'download')).read('y').data as Float32Array
    }
  } finally {
    flat.release()
  }
}

/** Some of a flat tensor's elements as a tensor of their own. */
export async function sliceOf(flat: DeviceTensor, begin: number, end: number): Promise<DeviceTensor> {
  return (await elements(flat, begin, end, 'slice')).held('y')
}

/** Flat tensors end to end; they are released. */
export async function joined(parts: readonly DeviceTensor[]): Promise<DeviceTensor> {
  if (parts.length === 1) return parts[0]!
  const inputs = parts.map((part, at) => [`x${at}`, part] as const)
  const whole = (await run(`join ${parts.length}`, Object.fromEntries(inputs))).held('y')
  for (const part of parts) part.release()
  return whole
}

/** Waits until the device has made a flat tensor: what was released before is then free. To read is to wait. */
export async function untilDone(flat: DeviceTensor): Promise<void> {
  await elements(flat, 0, 1, 'download')
}

/** Some rows of a tensor [rows, width]. */
export async function pickedRows(table: DeviceTensor, rows: readonly number[]): Promise<DeviceTensor> {
  const indices: Tensor = { type: 'int64', data: BigInt64Array.from(rows, BigInt), dims: [rows.length] }
  return (await run('rows', { x: table, indices })).held('y')
}

/** Large arrays move in slices, so that what lies between this process's memory and the device stays small. */
const sliceElements = 2 ** 24

const sessions = new Map<string, Promise<DeviceSession>>()

async function elements(flat: DeviceTensor, begin: number, end: number, graph: 'slice' | 'download') {
  const bound = (at: number): Tensor => ({ type: 'int64', data: BigInt64Array.of(BigInt(at)), dims: [1] })
  return await run(graph, { x: flat, begin: bound(begin), end: bound(end) })
}

async function run(name: string, feeds: Readonly<Record<string, Tensor | DeviceTensor>>) {
  let session = sessions.get(name)
  if (session === undefined) {
    session = DeviceSession.create(graphOf(name), name === 'download' ? ['y'] : [])
    sessions.set(name, session)
    // The next one tries again.
    session.catch(() => sessions.delete(name))
  }
  return await (await session).run(feeds, ['y'])
}

function graphOf(name: string): GraphBuilder {
  const g = new GraphBuilder(deviceDialect)
  if (name === 'identity') g.output('y', g.apply('Identity', [g.input('x', 'float', ['N'])], {}))
  else if (name === 'zeros') {
    const zero = g.constant('float', [0], [1])
    g.output('y', g.apply('Expand', [zero, g.input('size', 'int64', [1])], {}, [{ type: 'float', shape: ['N'] }]))
  } else if (name === 'rows') {
    g.output('y', g.gather(g.input('x', 'float', ['R', 'W']), g.input('indices', 'int64', ['K'])))
  } else if (name.startsWith('join')) {
    const parts = Array.from({ length: Number(name.slice(5)) }, (_, at) => g.input(`x${at}`, 'float', [`N${at}`]))
    g.output('y', g.concat(parts, 0))
  } else {
    const bounds = [g.input('begin', 'int64', [1]), g.input('end', 'int64', [1])] as const
    g.output('y', g.slice(g.input('x', 'float', ['N']), 0, ...bounds, 'K'))
  }
  return g
}
