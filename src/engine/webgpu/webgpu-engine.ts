import { Fault } from '../../base/fault.ts'
import { elementCount } from '../../graph/tensor.ts'
import type { ParameterSpec } from '../../graph/weighted-graph.ts'
import type { Engine } from '../engine.ts'
import { runtimeInfo } from '../ort-tensor.ts'
import { bytesOnDevice } from './device-tensor.ts'
import { largestBuffer } from './largest-buffer.ts'
import { WebgpuModel } from './webgpu-model.ts'
import { WebgpuTaughtModel } from './webgpu-taught-model.ts'

/** onnxruntime on a graphics card: weights, gradients and the optimizer's state stay on it. */
export const webgpuEngine: Engine = {
  runtime: runtimeInfo(),
  hold: async (parameters) => new WebgpuModel(parameters, await elementsOfBuffer(parameters)),
  holdTaught: async (parameters, optimizer) =>
    new WebgpuTaughtModel(parameters, optimizer, await elementsOfBuffer(parameters)),
  bytesOnDevice,
}

/** @throws {Fault} when a parameter is larger than the device's buffers */
async function elementsOfBuffer(parameters: readonly ParameterSpec[]): Promise<number> {
  const most = Math.floor((await largestBuffer()) / 4)
  const large = parameters.find(({ shape }) => elementCount(shape) > most)
  if (large === undefined) return most
  const gib = (elements: number): string => `${((elements * 4) / 2 ** 30).toFixed(1)} GiB`
  throw new Fault(
    `Cannot hold "${large.name}" on this graphics card as it takes ${gib(elementCount(large.shape))} and the card's largest buffer is ${gib(most)}; compute on "cpu" instead`,
  )
}
