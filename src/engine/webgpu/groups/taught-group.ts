import { elementCount, type Tensor } from '../../../graph/tensor.ts'
import type { OptimizerSettings } from '../../optimizer.ts'
import { DeviceSession } from '../device-session.ts'
import { type DeviceTensor, viewInstead } from '../device-tensor.ts'
import { joined, sliceOf, untilDone, zeros } from '../small-graphs.ts'
import { squaresGraph, stackGraph } from './group-graphs.ts'
import type { UpdateNumbers } from './group-optimizer.ts'
import { groupOptimizer } from './group-optimizers.ts'
import { type ParameterGroup, stackDims } from './parameter-groups.ts'

/**
 * A group of parameters with the optimizer's arrays, each in one tensor. Of a group of one the stack is the parameter itself; of
 * others the parameters are there besides, as graphs take them.
 */
export class TaughtGroup {
  readonly group: ParameterGroup
  readonly #settings: OptimizerSettings
  #arrays: DeviceTensor[] | undefined
  #stack: DeviceTensor | undefined
  #stacks: DeviceSession | undefined
  #squares: DeviceSession | undefined
  /** By how many rows are updated. */
  readonly #updates = new Map<number, DeviceSession>()
  /** What is updated at a time: the group as a whole, or rows of a large table. */
  readonly #parts: readonly ParameterGroup[]
  readonly #most: number

  /** @param most elements that are updated at a time where that can be */
  constructor(group: ParameterGroup, settings: OptimizerSettings, most = 2 ** 24) {
    this.group = group
    this.#settings = settings
    this.#most = most
    this.#parts = groupOptimizer(settings).elementwise ? partsOf(group, most) : [group]
  }

  /** To be called when one of the parameters was written: the stack is made anew of them. */
  forgetStack(): void {
    this.#stack?.release()
    this.#stack = undefined
  }

  /** Each of the optimizer's arrays, zero at first; of a group that is updated in parts each in its parts, one behind the other. */
  async arrays(): Promise<readonly DeviceTensor[]> {
    if (this.#arrays) return this.#arrays
    const dimsOf = (part: ParameterGroup) => groupOptimizer(this.#settings).arrayDims(this.#settings, part)
    const made: DeviceTensor[] = []
    for (const array of dimsOf(this.group).keys()) {
      for (const part of this.#parts) made.push(await zeros(dimsOf(part)[array]!))
    }
    this.#arrays = made
    return made
  }

  /** Takes over other arrays of the same extents. */
  replaceArrays(arrays: readonly DeviceTensor[]): void {
    for (const array of this.#arrays ?? []) array.release()
    this.#arrays = [...arrays]
  }

  /** The group's tensors one behind the other; the caller's to release, as they stay. */
  async stackOf(tensors: readonly DeviceTensor[]): Promise<DeviceTensor> {
    if (tensors.length === 1) return tensors[0]!.view(stackDims(this.group))
    this.#stacks ??= await DeviceSession.create(stackGraph(this.group))
    const views = tensors.map((tensor) => tensor.view([1, ...this.group.shape]))
    try {
      return (await this.#stacks.run(Object.fromEntries(views.entries()), ['stack'])).held('stack')
    } finally {
      for (const view of views) view.release()
    }
  }

  /** The sum of squares of each of the group's gradients, [names]; the caller's to release. */
  async squares(gradient: DeviceTensor): Promise<DeviceTensor> {
    this.#squares ??= await DeviceSession.create(squaresGraph(this.group))
    return (await this.#squares.run({ stack: gradient }, ['sums'])).held('sums')
  }

  /**
   * Updates the parameters.
   *
   * @param parameters as they are, in the group's order
   * @param gradient of all of them
   * @returns the new ones
   */
  async update(
    parameters: readonly DeviceTensor[],
    gradient: DeviceTensor,
    numbers: UpdateNumbers,
  ): Promise<DeviceTensor[]> {
    if (this.#parts.length > 1) return [await this.#updateInParts(parameters[0]!, gradient, numbers)]
    const before = this.#stack ?? (await this.stackOf(parameters))
    this.#stack = before
    const results = await this.#run(this.group, before, gradient, await this.arrays(), numbers)
    this.replaceArrays(results.arrays)
    this.forgetStack()
    this.#stack = results.stack
    // Else what another large group takes meanwhile comes on top of it.
    if (results.stack.size > this.#most) await viewed(results.stack, untilDone)
    if (this.group.names.length === 1) return [this.#stack.view(this.group.shape)]
    return results.each.map((tensor) => viewInstead(tensor, this.group.shape))
  }

  /**
   * What lies between a table and its update takes several times its room, as nothing of it is given back before the device has
   * done it: so a large one is updated some rows at a time.
   */
  async #updateInParts(table: DeviceTensor, gradient: DeviceTensor, numbers: UpdateNumbers): Promise<DeviceTensor> {
    const arrays = [...(await this.arrays())]
    this.#arrays = arrays
    const updated: DeviceTensor[] = []
    let begin = 0
    for (const [at, part] of this.#parts.entries()) {
      const end = begin + elementCount(part.shape)
      const [stack, slope] = [await rowsOf(table, part, begin, end), await rowsOf(gradient, part, begin, end)]
      const its = [...arrays.keys()].filter((place) => place % this.#parts.length === at)
      const before = its.map((place) => arrays[place]!)
      const after = await this.#run(part, stack, slope, before, numbers)
      for (const tensor of [stack, slope, ...before]) tensor.release()
      for (const [array, place] of its.entries()) arrays[place] = after.arrays[array]!
      updated.push(viewInstead(after.stack, [end - begin]))
      await untilDone(updated.at(-1)!)
      begin = end
    }
    return viewInstead(await joined(updated), this.group.shape)
  }

  async #run(
    part: ParameterGroup,
    stack: DeviceTensor,
    gradient: DeviceTensor,
    arrays: readonly DeviceTensor[],
    numbers: UpdateNumbers,
  ): Promise<{ stack: DeviceTensor; arrays: DeviceTensor[]; each: DeviceTensor[] }> {
    const optimizer = groupOptimizer(this.#settings)
    const names = arrays.map((_, at) => `array${at}`)
    const feeds: Record<string, Tensor | DeviceTensor> = { stack, gradient }
    names.forEach((name, at) => {
      feeds[name] = arrays[at]!
    })
    for (const [name, value] of Object.entries(optimizer.scalars(this.#settings, numbers))) {
      feeds[name] = { type: 'float', data: Float32Array.of(value), dims: [1] }
    }
    const each = part.names.length === 1 ? [] : part.names.map((_, at) => `${at}`)
    const session = await this.#session(part)
    const results = await session.run(feeds, ['new_stack', ...names.map((name) => `new_${name}`), ...each])
    return {
      stack: results.held('new_stack'),
      arrays: names.map((name) => results.held(`new_${name}`)),
      each: each.map((name) => results.held(name)),
    }
  }

  async #session(part: ParameterGroup): Promise<DeviceSession> {
    const rows = part.shape[0]!
    const known = this.#updates.get(rows)
    if (known) return known
    const decays = part.decay && this.#settings.weightDecay !== 0
    const made = await DeviceSession.create(groupOptimizer(this.#settings).graph(this.#settings, part, decays))
    this.#updates.set(rows, made)
    return made
  }

  async release(): Promise<void> {
    for (const session of [this.#stacks, this.#squares, ...this.#updates.values()]) await session?.release()
    this.#stacks = undefined
    this.#squares = undefined
    this.#updates.clear()
  }
}

/** Some of a table's elements as a group takes them; the caller's to release. */
async function rowsOf(table: DeviceTensor, part: ParameterGroup, begin: number, end: number): Promise<DeviceTensor> {
  return viewInstead(await viewed(table, (flat) => sliceOf(flat, begin, end)), stackDims(part))
}

/** Gives `use` a tensor without its extents. */
async function viewed<T>(tensor: DeviceTensor, use: (flat: DeviceTensor) => Promise<T>): Promise<T> {
  const flat = tensor.view([tensor.size])
  try {
    return await use(flat)
  } finally {
    flat.release()
  }
}

/** A table of more elements as some rows each; any other group as it is. */
function partsOf(group: ParameterGroup, most: number): ParameterGroup[] {
  const [rows, width] = group.shape
  if (group.names.length > 1 || group.shape.length !== 2 || rows! * width! <= most) return [group]
  const atOnce = Math.max(1, Math.floor(most / width!))
  return Array.from({ length: Math.ceil(rows! / atOnce) }, (_, part) => ({
    ...group,
    shape: [Math.min(atOnce, rows! - part * atOnce), width!],
  }))
}
