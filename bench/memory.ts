// Teaches a lesson of a model's real sizes within a bound and prints the most memory that its process had: Node's heap, all of
// onnxruntime, and the model.
//
//   node scripts/run-ts.mjs bench/memory.ts [--model mt5-small] [--memory 6GB] [--optimizer adafactor] [--source 512] [--target 128]
//     [--batch 16] [--steps 3] [--start FOLDER] [--keep FOLDER]
//
// Every row is as long as the limits. --start goes on from a model's folder, --keep leaves the taught model in one.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeJsonLines } from '../src/base/json-lines.ts'
import { packageFolder } from '../src/base/package.ts'
import { lessonDefaults } from '../src/lesson/lesson-settings.ts'
import { teachLesson } from '../src/train/lesson.ts'
import { isOwnProcess } from './own-process.ts'
import { workloads } from './workloads.ts'

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'mt5-small' },
    memory: { type: 'string' },
    optimizer: { type: 'string', default: 'adamw' },
    source: { type: 'string', default: '512' },
    target: { type: 'string', default: '128' },
    batch: { type: 'string', default: '16' },
    steps: { type: 'string', default: '3' },
    start: { type: 'string' },
    keep: { type: 'string' },
  },
})

if (isOwnProcess('bench/memory.ts')) {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-memory-'))
  try {
    await measure(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(folder: string): Promise<void> {
  const sizes = workloads().models[values.model]
  if (sizes === undefined) throw new Error(`Cannot teach "${values.model}": name one of bench/workloads.ts`)
  const pairs = join(folder, 'pairs.jsonl')
  const row = { source: 'text '.repeat(Number(values.source)), target: 'text '.repeat(Number(values.target)) }
  await writeJsonLines(
    pairs,
    Array.from({ length: Number(values.batch) }, () => row),
  )
  const config = { model_type: 't5', feed_forward_proj: 'gated-gelu', tie_word_embeddings: false, dropout_rate: 0.1 }
  const seconds: number[] = []
  const begun = performance.now()
  let startSeconds = 0
  await teachLesson(
    {
      start:
        values.start === undefined
          ? {
              scratch: { ...config, ...sizes },
              tokenizer: join(packageFolder, 'examples/miniature/tokenizer'),
              seed: 1,
            }
          : { folder: values.start },
      lesson: {
        ...lessonDefaults,
        learningRate: 1e-4,
        steps: Number(values.steps),
        batch: Number(values.batch),
        maxSource: Number(values.source),
        maxTarget: Number(values.target),
        ...(values.optimizer === 'adafactor' ? { optimizer: 'adafactor' as const } : {}),
        ...(values.memory === undefined ? {} : { memory: values.memory }),
        seed: 1,
      },
      train: { pairs },
      keep: 'last',
      outFolder: values.keep ?? join(folder, 'out'),
      stateFolder: join(folder, 'state'),
    },
    {
      onEvent(event) {
        if (event.type === 'started') startSeconds = (performance.now() - begun) / 1000
        if (event.type === 'step') seconds.push(event.seconds)
      },
      shouldStop: () => false,
    },
  )
  const peak = Number(/VmHWM:\s+(\d+)/u.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024
  console.log(
    `${values.model}, ${values.optimizer}, within ${values.memory ?? 'no bound'}: ${(peak / 1e9).toFixed(2)} GB, ready after ${startSeconds.toFixed(1)} s, updates of ${seconds.map((each) => each.toFixed(1)).join(', ')} s`,
  )
}
