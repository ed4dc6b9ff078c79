import type { Engine } from '../engine.ts'
import { runtimeInfo } from '../ort-tensor.ts'
import { CpuModel } from './cpu-model.ts'
import { CpuTaughtModel } from './cpu-taught-model.ts'

/** onnxruntime on the processor, with the kernel's optimizers. */
export const cpuEngine: Engine = {
  runtime: runtimeInfo(),
  hold: async (parameters, { threads }) => new CpuModel(parameters, threads),
  holdTaught: async (parameters, optimizer, { threads }) => new CpuTaughtModel(parameters, optimizer, threads),
  bytesOnDevice: () => 0,
}
