import { bytesOf } from '../../base/bytes-of.ts'
import type { ParameterSpec } from '../../graph/weighted-graph.ts'
import type { LessonGraphOf, TaughtModel, Teacher } from '../engine.ts'
import type { OptimizerSettings } from '../optimizer.ts'
import type { DeviceTensor } from './device-tensor.ts'
import { parameterGroups } from './groups/parameter-groups.ts'
import { TaughtGroup } from './groups/taught-group.ts'
import { download, uploadParts } from './small-graphs.ts'
import { WebgpuModel } from './webgpu-model.ts'
import { WebgpuTeacher } from './webgpu-teacher.ts'

/** A model that is taught: its gradients and the optimizer's state stay on the device, too. */
export class WebgpuTaughtModel extends WebgpuModel implements TaughtModel {
  readonly groups: readonly TaughtGroup[]
  readonly #maxGradNorm: number
  #updatesDone = 0

  constructor(parameters: readonly ParameterSpec[], settings: OptimizerSettings, mostElements: number) {
    super(parameters, mostElements)
    this.groups = parameterGroups(parameters).map((group) => new TaughtGroup(group, settings))
    this.#maxGradNorm = settings.maxGradNorm
  }

  get updatesDone(): number {
    return this.#updatesDone
  }

  override async write(...written: Parameters<WebgpuModel['write']>): Promise<void> {
    await super.write(...written)
    const [name] = written
    this.groups.find(({ group }) => group.names.includes(name))!.forgetStack()
  }

  teacher(graph: LessonGraphOf): Teacher {
    return new WebgpuTeacher(this, graph)
  }

  /**
   * Clips the gradients and updates every parameter.
   *
   * @param gradients of each group
   * @param norm over all of them, finite
   */
  async applyGradients(gradients: readonly DeviceTensor[], norm: number, learningRate: number): Promise<void> {
    const number = this.#updatesDone + 1
    const gradientScale = this.#maxGradNorm === 0 ? 1 : Math.min(1, this.#maxGradNorm / (norm + 1e-6))
    for (const [at, taught] of this.groups.entries()) {
      const before = await this.#parametersOf(taught)
      const updated = await taught.update(before, gradients[at]!, { number, learningRate, gradientScale })
      for (const [place, name] of taught.group.names.entries()) this.replace(name, updated[place]!)
    }
    this.#updatesDone = number
  }

  async saveState(write: (bytes: Uint8Array) => void): Promise<void> {
    for (const taught of this.groups) {
      for (const tensor of [...(await this.#parametersOf(taught)), ...(await taught.arrays())]) {
        await download(tensor, (part) => write(bytesOf(part)))
      }
    }
  }

  async restoreState(updatesDone: number, read: (bytes: Uint8Array) => void): Promise<void> {
    const readPart = (begin: number, end: number): Float32Array => {
      const part = new Float32Array(end - begin)
      read(bytesOf(part))
      return part
    }
    for (const taught of this.groups) {
      for (const name of taught.group.names) this.replace(name, await uploadParts(taught.group.shape, readPart))
      taught.forgetStack()
      const arrays: DeviceTensor[] = []
      for (const { dims } of await taught.arrays()) arrays.push(await uploadParts(dims, readPart))
      taught.replaceArrays(arrays)
    }
    this.#updatesDone = updatesDone
  }

  async #parametersOf({ group }: TaughtGroup): Promise<DeviceTensor[]> {
    const parameters: DeviceTensor[] = []
    for (const name of group.names) parameters.push(await this.parameter(name))
    return parameters
  }
}
