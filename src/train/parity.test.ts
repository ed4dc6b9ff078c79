import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parityGoldens, readTensors, relativeError } from '../../test/goldens.ts'
import { loadTokenizer } from '../data/tokenizer-folder.ts'
import { GraphSession } from '../engine/session.ts'
import { t5LessonGraph } from '../model/t5-lesson-graph.ts'
import { type Example, packBatch } from './batch.ts'
import { readExamples } from './examples.ts'
import { answerIds, Generator } from './generate.ts'
import { LessonPass, LossPass } from './lesson-pass.ts'
import type { LessonSettings } from './protocol.ts'
import { learningRateAt } from './schedule.ts'
import { loadWeights, parameterFeeds, type Weights } from './weights.ts'

interface ForwardGolden {
  input_ids: number[][]
  attention_mask: number[][]
  labels: number[][]
  loss: number
  per_example_loss: number[]
  logits_first_rows: number[][][]
  encoder_last_hidden_first: number[][][]
}

interface TrajectoryGolden {
  batch: number
  max_source: number
  max_target: number
  lr: number
  weight_decay: number
  no_decay: string[]
  steps: { step: number; loss: number; grad_norm: number; lr: number }[]
}

interface GenerateGolden {
  source: string
  options: Record<string, number>
  sequences: number[][]
  texts: string[]
}

type DropoutGolden = Record<
  string,
  { passes: number; loss_mean: number; loss_std: number; grad_norm_mean: number; grad_norm_std: number }
>

describe.each(parityGoldens)('$name', ({ golden, model }) => {
  const json = <T>(file: string): T => JSON.parse(readFileSync(golden(file), 'utf8')) as T
  const forward = json<ForwardGolden>('forward.json')
  const examples = goldenExamples(forward)

  test('LossPass.tokenLosses() equals the reference: loss and per-example losses within 1e-5', async () => {
    const weights = await loadWeights(model, false)
    const losses = await new LossPass(weights).tokenLosses(examples)
    const total = losses.reduce((sum, each) => sum + each.length, 0)
    const sum = losses.reduce((all, each) => all + each.reduce((a, b) => a + b, 0), 0)
    expect(relative(sum / total, forward.loss)).toBeLessThan(1e-5)
    expect(losses).toHaveLength(forward.per_example_loss.length)
    losses.forEach((each, b) => {
      const mean = each.reduce((a, b) => a + b, 0) / each.length
      expect(relative(mean, forward.per_example_loss[b]!)).toBeLessThan(1e-5)
    })
  })

  test('t5LessonGraph() gives the reference’s logits and encoder output within 1e-4', async () => {
    const weights = await loadWeights(model, false)
    const lesson = t5LessonGraph(weights.config, { gradients: false, dropout: false, inspect: true })
    const session = await GraphSession.create(lesson.graph)
    const batch = packBatch(weights.config, examples)
    const feeds = { ...parameterFeeds(weights, lesson.parameters), ...batch.inputs }
    const { logits, encoder_output: encoded } = await session.run(feeds, { logits: null, encoder_output: null })
    let compared = 0
    forward.logits_first_rows.forEach((rows, b) => {
      rows.forEach((row, t) => {
        row.forEach((expected, id) => {
          const at = (batch.targetOffsets[b]! + t) * weights.config.vocabSize + id
          expect(Math.abs(Number(logits.data[at]) - expected)).toBeLessThan(1e-4)
          compared++
        })
      })
    })
    let sourceOffset = 0
    forward.encoder_last_hidden_first.forEach((rows, b) => {
      rows.forEach((row, s) => {
        row.forEach((expected, column) => {
          const at = (sourceOffset + s) * weights.config.dModel + column
          expect(Math.abs(Number(encoded.data[at]) - expected)).toBeLessThan(1e-4)
          compared++
        })
      })
      sourceOffset += examples[b]!.source.length
    })
    expect(compared).toBeGreaterThan(1000)
  })

  test('LessonPass.gradients() equals the reference: every tensor within 1e-4 (L2), none missing, none extra', async () => {
    const weights = await loadWeights(model, true)
    const expected = await readTensors(golden('gradients.safetensors'))
    await new LessonPass(weights, { ...plain, dropout: 0 }).gradients(examples, 0)
    expect(weights.specs.map(({ name }) => name).sort()).toEqual([...expected.keys()].sort())
    for (const [name, gradient] of expected) {
      expect(relativeError(weights.arenas.gradient(name), gradient), name).toBeLessThan(1e-4)
    }
  })

  test('LessonPass.update() follows the reference for 24 updates: losses, norms and rates within 2e-4, weights within 1e-3', async () => {
    const trajectory = json<TrajectoryGolden>('trajectory.json')
    const { weights, steps } = await runTrajectory(model, golden('trajectory-pairs.jsonl'), trajectory)
    expect(steps).toHaveLength(trajectory.steps.length)
    trajectory.steps.forEach((expected, at) => {
      expect(relative(steps[at]!.loss, expected.loss), `loss ${at}`).toBeLessThan(2e-4)
      expect(relative(steps[at]!.gradNorm, expected.grad_norm), `norm ${at}`).toBeLessThan(2e-4)
      expect(relative(steps[at]!.learningRate, expected.lr), `rate ${at}`).toBeLessThan(2e-4)
    })
    const undecayed = weights.specs.filter(({ decay }) => !decay).map(({ name }) => name)
    expect(undecayed.sort()).toEqual([...trajectory.no_decay].sort())
    const final = await readTensors(golden('trajectory-final.safetensors'))
    expect(final.size).toBe(weights.specs.length)
    for (const [name, expected] of final) {
      expect(relativeError(weights.arenas.parameter(name), expected), name).toBeLessThan(1e-3)
    }
  })

  test('LessonPass.update() gives the same losses within 1e-5 when batches are split, and the same bits when repeated', async () => {
    const trajectory = json<TrajectoryGolden>('trajectory.json')
    const pairs = golden('trajectory-pairs.jsonl')
    const whole = await runTrajectory(model, pairs, trajectory)
    const again = await runTrajectory(model, pairs, trajectory)
    for (const { name } of whole.weights.specs) {
      expect(
        Buffer.from(bytes(again.weights.arenas.parameter(name))).equals(bytes(whole.weights.arenas.parameter(name))),
      ).toBe(true)
    }
    for (const microBatch of [1, 3]) {
      const split = await runTrajectory(model, pairs, trajectory, microBatch)
      whole.steps.forEach((step, at) => {
        expect(relative(split.steps[at]!.loss, step.loss), `micro-batch ${microBatch}, loss ${at}`).toBeLessThan(1e-5)
      })
    }
  })

  test('dropout at every site gives the reference’s distribution of loss and gradient norm over 600 masks', async () => {
    const expected = json<DropoutGolden>('dropout.json')
    for (const rate of ['0.1', '0.3']) {
      const { passes, ...moments } = expected[rate]!
      const weights = await loadWeights(model, true)
      const pass = new LessonPass(weights, { ...plain, dropout: Number(rate) })
      const losses: number[] = []
      const norms: number[] = []
      for (let step = 0; step < passes; step++) {
        losses.push((await pass.gradients(examples, step)).loss)
        norms.push(pass.optimizer.gradientNorm())
      }
      // Both sides are samples: four standard errors of the difference of two means.
      const errors = (std: number): number => 4 * std * Math.sqrt(2 / passes)
      expect(Math.abs(mean(losses) - moments.loss_mean), `loss mean at ${rate}`).toBeLessThan(errors(moments.loss_std))
      expect(relative(deviation(losses), moments.loss_std), `loss deviation at ${rate}`).toBeLessThan(0.15)
      expect(Math.abs(mean(norms) - moments.grad_norm_mean), `norm mean at ${rate}`).toBeLessThan(
        errors(moments.grad_norm_std),
      )
      expect(relative(deviation(norms), moments.grad_norm_std), `norm deviation at ${rate}`).toBeLessThan(0.15)
      await pass.release()
    }
  }, 240_000)

  test('Generator.greedy() gives the reference’s sequences and texts for every option set without beams', async () => {
    const goldens = readFileSync(golden('generate.jsonl'), 'utf8').trim().split('\n')
    const cases = goldens
      .map((line) => JSON.parse(line) as GenerateGolden)
      .filter(({ options }) => !('num_beams' in options))
    const weights = await loadWeights(model, false)
    const tokenizer = loadTokenizer(model)
    const trajectory = json<TrajectoryGolden>('trajectory.json') // sources are cut at the same length
    const generator = new Generator(weights)
    const optionSets = new Set(cases.map(({ options }) => JSON.stringify(options)))
    expect(optionSets.size).toBeGreaterThanOrEqual(4)
    for (const optionSet of optionSets) {
      const rows = cases.filter(({ options }) => JSON.stringify(options) === optionSet)
      const { max_length, max_new_tokens, min_new_tokens, repetition_penalty, no_repeat_ngram_size } = rows[0]!.options
      const sequences = await generator.greedy(
        rows.map(({ source }) => tokenizer.encode(source, { maxLength: trajectory.max_source })),
        {
          ...(max_length === undefined ? {} : { maxLength: max_length }),
          ...(max_new_tokens === undefined ? {} : { maxNewTokens: max_new_tokens }),
          ...(min_new_tokens === undefined ? {} : { minNewTokens: min_new_tokens }),
          ...(repetition_penalty === undefined ? {} : { repetitionPenalty: repetition_penalty }),
          ...(no_repeat_ngram_size === undefined ? {} : { noRepeatNgramSize: no_repeat_ngram_size }),
        },
      )
      rows.forEach(({ sequences: [expected], texts }, at) => {
        const padless = expected!.filter((id, position) => position === 0 || id !== weights.config.padTokenId)
        expect([...sequences[at]!]).toEqual(padless)
        expect(tokenizer.decode(answerIds(sequences[at]!, weights.config.eosTokenId))).toBe(texts[0])
      })
    }
  })
})

const plain = {
  weightDecay: 0,
  adamBeta1: 0.9,
  adamBeta2: 0.999,
  adamEpsilon: 1e-8,
  maxGradNorm: 1,
  // The gradient norm's distribution has a heavy tail (kurtosis about 25 for tiny-t5): a deviation over 600 masks scatters
  // by 10 %, the reference's too, so some seeds miss the 15 %.
  seed: 1,
} satisfies Partial<LessonSettings>

function goldenExamples({ input_ids, attention_mask, labels }: ForwardGolden): Example[] {
  return input_ids.map((ids, b) => ({
    source: Int32Array.from(ids.filter((_, s) => attention_mask[b]![s] === 1)),
    target: Int32Array.from(labels[b]!.filter((id) => id !== -100)),
  }))
}

async function runTrajectory(
  model: string,
  pairs: string,
  { batch, max_source, max_target, lr, weight_decay, steps }: TrajectoryGolden,
  microBatch?: number,
): Promise<{ weights: Weights; steps: { loss: number; gradNorm: number; learningRate: number }[] }> {
  const weights = await loadWeights(model, true)
  const limits = { maxSource: max_source, maxTarget: max_target }
  const examples = await readExamples({ pairs }, loadTokenizer(model), weights.config, limits, 0)
  const settings = { ...plain, weightDecay: weight_decay, dropout: 0, ...(microBatch ? { microBatch } : {}) }
  const pass = new LessonPass(weights, settings)
  const results = []
  for (let step = 0; step < steps.length; step++) {
    const learningRate = learningRateAt({ learningRate: lr, schedule: 'linear', warmupSteps: 0 }, step, steps.length)
    const rows = Array.from({ length: batch }, (_, i) => examples.at((step * batch + i) % examples.count, 0))
    results.push({ learningRate, ...(await pass.update(rows, step, learningRate)) })
  }
  await pass.release()
  return { weights, steps: results }
}

function relative(found: number, expected: number): number {
  return Math.abs(found - expected) / Math.abs(expected)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function deviation(values: readonly number[]): number {
  const center = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1))
}

function bytes(array: Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}
