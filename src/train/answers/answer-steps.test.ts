import { expect, test } from 'vitest'
import { fixture } from '../../../test/rig/study-folder.ts'
import { cpuEngine } from '../../engine/cpu/cpu-engine.ts'
import type { HeldModel } from '../../engine/engine.ts'
import { loadWeights } from '../model-memory.ts'
import { Generator } from './generator.ts'

/** The model with a note of every run: what it was asked to read, and the largest extent of that. */
function watched(model: HeldModel, runs: string[]): HeldModel {
  return {
    dialect: model.dialect,
    mostElements: model.mostElements,
    write: (...args) => model.write(...args),
    read: (name) => model.read(name),
    parts: (name) => model.parts(name),
    hold: (tensor) => model.hold(tensor),
    async session(graph) {
      const session = await model.session(graph)
      return {
        async run(inputs, outputs) {
          runs.push(outputs.read.join('+') || 'memory')
          return await session.run(inputs, outputs)
        },
        release: () => session.release(),
      }
    },
  }
}

const source = (length: number): Int32Array =>
  Int32Array.from({ length }, (_, at) => (at === length - 1 ? 1 : 3 + ((at * 7) % 50)))
const sources = [700, 600, 300, 90, 12].map(source)

test('AnswerSteps reads long sources a few at a time, and answers as each source alone is answered', async () => {
  const weights = await loadWeights(fixture('models/small-silu'), { engine: cpuEngine, threads: 1 })
  const runs: string[] = []
  const together = new Generator({ ...weights, model: watched(weights.model, runs) })
  const alone = new Generator(weights)
  for (const numBeams of [1, 3]) {
    const options = { maxNewTokens: 6, numBeams }
    const expected = []
    for (const one of sources) expected.push((await alone.answers([one], options))[0]!)
    const found = await together.answers(sources, options)
    expect(found.map(([best]) => [...best!.sequence])).toEqual(expected.map(([best]) => [...best!.sequence]))
  }
  await alone.release()
  await together.release()
  // 700 | 600 + 300 + 90 + 12, each time.
  expect(runs.filter((run) => run === 'memory')).toHaveLength(4)
  // The scores of all tokens leave the model once, to see that they are numbers.
  expect(runs.filter((run) => /logits|log_probs/u.test(run))).toEqual(['logits'])
})

test('AnswerSteps answers many sources together as it answers few, by products in the other order', async () => {
  const weights = await loadWeights(fixture('models/small-silu'), { engine: cpuEngine, threads: 1 })
  const generator = new Generator(weights)
  const options = { maxNewTokens: 8, numBeams: 1 }
  const many = Array.from({ length: 70 }, (_, at) =>
    Int32Array.from({ length: 4 + (at % 9) }, (_, i) => 3 + ((at + i * 5) % 50)),
  )
  const found = await generator.answers(many, options)
  const few = [
    ...(await generator.answers(many.slice(0, 30), options)),
    ...(await generator.answers(many.slice(30), options)),
  ]
  expect(found.map(([best]) => [...best!.sequence])).toEqual(few.map(([best]) => [...best!.sequence]))
  expect(new Set(found.map(([best]) => [...best!.sequence].join())).size).toBeGreaterThan(10)
  await generator.release()
})
