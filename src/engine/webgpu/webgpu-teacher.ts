import type { Tensor } from '../../graph/tensor.ts'
import type { LessonGraph, ParameterSpec, WeightedGraph } from '../../graph/weighted-graph.ts'
import { boundShapes } from '../bound-shapes.ts'
import type { LessonGraphOf, Pass, Teacher, Update } from '../engine.ts'
import { int32Of } from '../int32-of.ts'
import { DeviceSession } from './device-session.ts'
import type { DeviceTensor } from './device-tensor.ts'
import type { TaughtGroup } from './groups/taught-group.ts'
import { MasksAhead } from './masks-ahead.ts'
import { maskFactorTable, PackedMasks } from './packed-masks.ts'
import { download, joined } from './small-graphs.ts'
import { TableGradient } from './table-gradient.ts'

/** Runs lesson graphs, whose gradients stay on the device, and adds the gradients of picked rows. */
export class WebgpuTeacher implements Teacher {
  readonly #model: TaughtDevice
  readonly #graph: LessonGraphOf
  readonly #masks = new PackedMasks()
  readonly #masksAhead = new MasksAhead((masks, probability) => this.#masks.draw(masks, probability))
  /** The graphs of an update's first pass, and those that add to its gradients. */
  readonly #ready = new Map<string, ReadyLesson>()
  readonly #tables = new Map<string, TableGradient>()
  /** Of the last passes, until an update has used them. */
  readonly #gradients = new Map<string, DeviceTensor>()

  constructor(model: TaughtDevice, graph: LessonGraphOf) {
    this.#model = model
    this.#graph = graph
  }

  async update(passes: Iterable<Pass>, learningRate: number, next?: Iterable<Pass>): Promise<Update> {
    const nll = await this.gradients(passes, next)
    const stacks = await this.#stacks()
    try {
      this.#forgetGradients()
      const gradNorm = await this.#norm(stacks)
      if (Number.isFinite(gradNorm)) await this.#model.applyGradients(stacks, gradNorm, learningRate)
      return { nll, gradNorm }
    } finally {
      for (const stack of stacks) stack.release()
    }
  }

  async gradients(passes: Iterable<Pass>, next: Iterable<Pass> = []): Promise<number> {
    this.#forgetGradients()
    let nll = 0
    let accumulate = false
    for (const [pass, following] of withFollowing(passes, next)) {
      nll += await this.#run(pass, accumulate, following)
      accumulate = true
    }
    return nll
  }

  async gradient(name: string): Promise<Float32Array> {
    const gradient = this.#gradientOf(name)
    const data = new Float32Array(gradient.size)
    await download(gradient, (part, begin) => data.set(part, begin))
    return data
  }

  async gradientNorm(): Promise<number> {
    const stacks = await this.#stacks()
    try {
      return await this.#norm(stacks)
    } finally {
      for (const stack of stacks) stack.release()
    }
  }

  async release(): Promise<void> {
    this.#forgetGradients()
    await this.#masks.release()
    for (const { session } of this.#ready.values()) await session.release()
    for (const table of this.#tables.values()) await table.release()
    for (const group of this.#model.groups) await group.release()
    this.#ready.clear()
    this.#tables.clear()
  }

  /** @returns the sum of the pass's token losses */
  async #run(pass: Pass, accumulate: boolean, following: Pass | undefined): Promise<number> {
    const { lesson, session } = await this.#readyLesson(accumulate, pass.shortTargets ?? false)
    const masks = await this.#drawMasks(lesson, pass)
    // Both of a lesson's graphs have the same sites.
    if (following) this.#masksAhead.begin(lesson.dropoutSites, following)
    const feeds: Record<string, Tensor | DeviceTensor> = {
      ...(await this.#model.feeds(lesson)),
      ...pass.inputs,
      ...masks,
      ...boundShapes(lesson, pass),
      loss_scale: { type: 'float', data: Float32Array.of(pass.lossScale), dims: [] },
    }
    for (const [name, input] of lesson.accumulators) feeds[input] = this.#gradientOf(name)
    const rows = lesson.gatheredRows.map(({ output }) => output)
    const results = await session.run(feeds, ['nll', ...lesson.denseGradients.values(), ...rows])
    for (const [name, output] of lesson.denseGradients) this.#replaceGradient(name, results.held(output))
    await this.#addRows(
      lesson,
      pass,
      rows.map((output) => results.held(output)),
    )
    return (results.read('nll').data as Float32Array).reduce((total, value) => total + value, 0)
  }

  /** Adds what was picked from tables to their gradients. @param rows of each entry of `gatheredRows`; released */
  async #addRows({ gatheredRows }: LessonGraph, { inputs }: Pass, rows: readonly DeviceTensor[]): Promise<void> {
    for (const parameter of new Set(gatheredRows.map((gathered) => gathered.parameter))) {
      const its = [...gatheredRows.entries()].filter(([, gathered]) => gathered.parameter === parameter)
      const ids = its.flatMap(([, gathered]) => [...int32Of(inputs[gathered.ids]!.data as BigInt64Array)])
      const parts = its.map(([at]) => rows[at]!)
      const before = this.#gradients.get(parameter)
      this.#gradients.delete(parameter)
      this.#gradients.set(parameter, await this.#table(parameter).add(Int32Array.from(ids), parts, before))
    }
    for (const tensor of rows) tensor.release()
  }

  #table(parameter: string): TableGradient {
    const known = this.#tables.get(parameter)
    if (known) return known
    const spec = this.#model.specs.get(parameter)!
    const made = new TableGradient(spec.shape as [number, number])
    this.#tables.set(parameter, made)
    return made
  }

  async #readyLesson(accumulate: boolean, shortTargets: boolean): Promise<ReadyLesson> {
    const name = `${accumulate} ${shortTargets}`
    const known = this.#ready.get(name)
    if (known) return known
    const lesson = this.#graph(accumulate, shortTargets)
    const ready = { lesson, session: await DeviceSession.create(lesson.graph, ['nll']) }
    this.#ready.set(name, ready)
    return ready
  }

  /** The gradients of each group in one tensor; the caller's to release. */
  async #stacks(): Promise<DeviceTensor[]> {
    const stacks: DeviceTensor[] = []
    for (const taught of this.#model.groups) {
      stacks.push(await taught.stackOf(taught.group.names.map((name) => this.#gradientOf(name))))
    }
    return stacks
  }

  async #norm(stacks: readonly DeviceTensor[]): Promise<number> {
    const squares: DeviceTensor[] = []
    for (const [at, taught] of this.#model.groups.entries()) squares.push(await taught.squares(stacks[at]!))
    // Read at once: to read is to wait for the device.
    const all = await joined(squares)
    let sum = 0
    await download(all, (part) => {
      for (const square of part) sum += square
    })
    all.release()
    return Math.sqrt(sum)
  }

  #gradientOf(name: string): DeviceTensor {
    const gradient = this.#gradients.get(name)
    if (!gradient) throw new Error(`Cannot find the gradient of "${name}": no pass has made one since the last update`)
    return gradient
  }

  #replaceGradient(name: string, gradient: DeviceTensor): void {
    this.#gradients.get(name)?.release()
    this.#gradients.set(name, gradient)
  }

  #forgetGradients(): void {
    for (const gradient of this.#gradients.values()) gradient.release()
    this.#gradients.clear()
  }

  async #drawMasks({ dropoutSites }: LessonGraph, pass: Pass): Promise<Record<string, Tensor>> {
    if (dropoutSites.length === 0) return {}
    const drawn = await this.#masksAhead.take(dropoutSites, pass)
    const masks = dropoutSites.map(({ name }, site) => [`mask:${name}`, drawn[site]!] as const)
    const factors = maskFactorTable(pass.dropout.probability)
    return { mask_factors: factors, mask_factors_again: factors, ...Object.fromEntries(masks) }
  }
}

/** What a teacher works on. */
interface TaughtDevice {
  readonly groups: readonly TaughtGroup[]
  readonly specs: ReadonlyMap<string, ParameterSpec>
  /** Parameters as a graph takes them. */
  feeds(graph: WeightedGraph): Promise<Record<string, DeviceTensor>>
  /** Makes one update. @param gradients of each group @param norm over all of them */
  applyGradients(gradients: readonly DeviceTensor[], norm: number, learningRate: number): Promise<void>
}

interface ReadyLesson {
  readonly lesson: LessonGraph
  readonly session: DeviceSession
}

/** Each pass with the one that comes after it; after the last one that is the first of `next`. */
function* withFollowing(passes: Iterable<Pass>, next: Iterable<Pass>): Generator<[Pass, Pass | undefined]> {
  let pass: Pass | undefined
  for (const following of passes) {
    if (pass) yield [pass, following]
    pass = following
  }
  if (pass === undefined) return
  const [first] = next
  yield [pass, first]
}
