import type { Engine } from '../engine.ts'
import { runtimeInfo } from '../ort-tensor.ts'
import { bytesOnDevice } from './device-tensor.ts'
import { WebgpuModel } from './webgpu-model.ts'
import { WebgpuTaughtModel } from './webgpu-taught-model.ts'

/** onnxruntime on a graphics card: weights, gradients and the optimizer's state stay on it. */
export const webgpuEngine: Engine = {
  runtime: runtimeInfo(),
  hold: async (parameters) => new WebgpuModel(parameters),
  holdTaught: async (parameters, optimizer) => new WebgpuTaughtModel(parameters, optimizer),
  bytesOnDevice,
}
