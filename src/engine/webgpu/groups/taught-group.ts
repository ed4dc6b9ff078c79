import type { Tensor } from '../../../graph/tensor.ts'
import type { OptimizerSettings } from '../../optimizer.ts'
import { DeviceSession } from '../device-session.ts'
import type { DeviceTensor } from '../device-tensor.ts'
import { zeros } from '../small-graphs.ts'
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
  #updates: DeviceSession | undefined

  constructor(group: ParameterGroup, settings: OptimizerSettings) {
    this.group = group
    this.#settings = settings
  }

  /** To be called when one of the parameters was written: the stack is made anew of them. */
  forgetStack(): void {
    this.#stack?.release()
    this.#stack = undefined
  }

  /** Each of the optimizer's arrays, zero at first. */
  async arrays(): Promise<readonly DeviceTensor[]> {
    if (this.#arrays) return this.#arrays
    const made: DeviceTensor[] = []
    for (const dims of groupOptimizer(this.#settings).arrayDims(this.#settings, this.group))
      made.push(await zeros(dims))
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
    const optimizer = groupOptimizer(this.#settings)
    const decays = this.group.decay && this.#settings.weightDecay !== 0
    this.#updates ??= await DeviceSession.create(optimizer.graph(this.#settings, this.group, decays))
    const before = this.#stack ?? (await this.stackOf(parameters))
    this.#stack = before
    const arrays = await this.arrays()
    const names = arrays.map((_, at) => `array${at}`)
    const feeds: Record<string, Tensor | DeviceTensor> = { stack: before, gradient }
    names.forEach((name, at) => {
      feeds[name] = arrays[at]!
    })
    for (const [name, value] of Object.entries(optimizer.scalars(this.#settings, numbers))) {
      feeds[name] = { type: 'float', data: Float32Array.of(value), dims: [1] }
    }
    const { length } = this.group.names
    const each = length === 1 ? [] : this.group.names.map((_, at) => `${at}`)
    const results = await this.#updates.run(feeds, ['new_stack', ...names.map((name) => `new_${name}`), ...each])
    this.replaceArrays(names.map((name) => results.held(`new_${name}`)))
    this.forgetStack()
    this.#stack = results.held('new_stack')
    if (length === 1) return [this.#stack.view(this.group.shape)]
    return each.map((name) => viewInstead(results.held(name), this.group.shape))
  }

  async release(): Promise<void> {
    for (const session of [this.#stacks, this.#squares, this.#updates]) await session?.release()
    this.#stacks = undefined
    this.#squares = undefined
    this.#updates = undefined
  }
}

function viewInstead(tensor: DeviceTensor, dims: readonly number[]): DeviceTensor {
  const view = tensor.view(dims)
  tensor.release()
  return view
}
