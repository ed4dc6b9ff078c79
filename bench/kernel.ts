// Times the kernel, each function over arrays far larger than the caches: `npm run bench:kernel`. Prints nanoseconds an
// element, the best of several rounds.
import { instantiateKernel } from '../src/engine/cpu/kernel/kernel.ts'

const n = 20_000_000
const [rows, width] = [50_000, 512]
const lateRows = 1000
const stream = { seed: 42, step: 1, site: 2 }
const scalars = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  biasCorrection1: 0.1,
  sqrtBiasCorrection2: 0.03,
  gradientScale: 0.5,
}

const memory = new WebAssembly.Memory({ initial: 2 ** 14, maximum: 2 ** 14 })
const kernel = instantiateKernel(memory)
let end = 64
const array = (elements: number) => {
  const offset = end
  end += elements * 4
  return offset
}
const filled = (elements: number) => {
  const offset = array(elements)
  const view = new Float32Array(memory.buffer, offset, elements)
  for (let i = 0; i < elements; i++) view[i] = ((i * 7919) % 1000) / 1000 - 0.5
  return offset
}
const arrays = { parameter: filled(n), gradient: filled(n), firstMoment: filled(n), secondMoment: array(n) }
const touched = array(rows)
const tableArrays = { parameter: filled(rows * width), gradient: 0, firstMoment: 0, secondMoment: 0 }
const indices = array(8192)
const indexView = new Int32Array(memory.buffer, indices, 8192)
for (let i = 0; i < 8192; i++) indexView[i] = (i * 7919) % rows
const source = filled(8192 * width)
const target = filled(rows * width)

const rowMeans = array(rows)
const columnMeans = array(width)
end += end % 8
const adafactorTable = {
  ...{ rows, width, gradient: tableArrays.parameter, rowMeans, columnMeans },
  ...{ firstMoment: 0, touched: 0, scratch: array(width * 3) },
}
const step = { gradientScale: 0.5, stepSize: 1e-3, decay: 1, beta1: 0 }

/** Updates of rows that had a gradient once, `updates` ago: their moments have shrunk ever since. */
function lateUpdate(updates: number): () => void {
  const late = { parameter: filled(lateRows * width), gradient: array(lateRows * width) }
  const moments = { firstMoment: filled(lateRows * width), secondMoment: filled(lateRows * width) }
  const squares = new Float32Array(memory.buffer, moments.secondMoment, lateRows * width)
  for (let i = 0; i < squares.length; i++) squares[i]! **= 2
  const update = () => kernel.adamw({ ...late, ...moments }, lateRows * width, scalars)
  for (let done = 1; done < updates; done++) update()
  return update
}

const cases: [name: string, elements: number, run: () => void][] = [
  ['adamw', n, () => kernel.adamw(arrays, n, scalars)],
  [
    'adamwRows, no row touched',
    rows * width,
    () => kernel.adamwRows(tableArrays, { rows, width }, touched, { ...scalars }),
  ],
  [
    'adafactor, its three passes',
    rows * width,
    () => {
      const mean = kernel.adafactorMoments(adafactorTable, { gradientScale: 0.5, beta2: 0.5, epsilon: 1e-30 })
      kernel.adafactorSquares(adafactorTable, mean, 0.5)
      kernel.adafactorUpdate(target, adafactorTable, mean, step)
    },
  ],
  ['adamw, rows seen just now', lateRows * width, lateUpdate(1)],
  ['adamw, 3,000 updates later', lateRows * width, lateUpdate(3000)],
  ['sumOfSquares', n, () => kernel.sumOfSquares(arrays.gradient, n)],
  [
    'scatterAddRows',
    8192 * width,
    () => kernel.scatterAddRows(tableArrays.parameter, { rows, width }, indices, 8192, source, 0),
  ],
  ['dropoutBytes', n, () => kernel.dropoutBytes(arrays.gradient, n, 0.1, stream)],
]
for (const [name, elements, run] of cases) {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 8; round++) {
    const start = performance.now()
    run()
    best = Math.min(best, performance.now() - start)
  }
  console.log(`${name.padEnd(28)}${((best * 1e6) / elements).toFixed(3)} ns`)
}
