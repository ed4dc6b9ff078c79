// Plans a study, runs it, and shows how what came true stands to what was planned: node scripts/plan-accuracy.mjs
//
//   --jobs N          steps side by side, in the plan and in the run (default: 1)
//   --study FILE      a study of your own (default: a small and a larger T5 from scratch on the miniature world's rows)
//   --folder NAME=DIR as reteach takes it
//
// For a machine with nothing else to do: the load average is printed before and after.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '1' },
    study: { type: 'string' },
    folder: { type: 'string', multiple: true },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'reteach-plan-accuracy-'))
const store = join(folder, 'store')
try {
  const study = values.study === undefined ? writeStudy() : resolve(values.study)
  const folders = (values.folder ?? []).flatMap((one) => ['--folder', one])
  const reteach = (command) => {
    const args = [join(root, 'dist/cli/main.js'), command, study, '--store', store, '--jobs', values.jobs, ...folders]
    const stdio = ['ignore', 'pipe', 'inherit']
    return JSON.parse(
      execFileSync(process.execPath, [...args, '--json'], { encoding: 'utf8', stdio, maxBuffer: 2 ** 28 }),
    )
  }
  const load = () => loadavg()[0].toFixed(1)
  console.log(`load average before planning: ${load()}`)
  const plan = reteach('plan')
  console.log(`load average before running: ${load()}`)
  const begun = performance.now()
  reteach('run')
  report(plan, (performance.now() - begun) / 1000)
  console.log(`load average at the end: ${load()}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function report({ steps, totals }, seconds) {
  const done = steps
    .filter(({ seconds }) => seconds !== undefined)
    .map((step) => ({ step, record: JSON.parse(readFileSync(join(store, step.kind, step.key, 'step.json'), 'utf8')) }))
  for (const { step, record } of done) {
    const memory = ratio(record.result.peakRssBytes, step.peakMemoryBytes)
    console.log(`${step.label}: time ${ratio(record.seconds, step.seconds)}, memory ${memory}`)
  }
  for (const kind of new Set(done.map(({ step }) => step.kind))) {
    const own = done.filter(({ step }) => step.kind === kind)
    const time = ratio(
      sum(own, ({ record }) => record.seconds),
      sum(own, ({ step }) => step.seconds),
    )
    const memory = ratio(
      Math.max(...own.map(({ record }) => record.result.peakRssBytes)),
      Math.max(...own.map(({ step }) => step.peakMemoryBytes)),
    )
    console.log(`all ${kind} steps: time ${time}, peak memory ${memory}`)
  }
  console.log(`the whole run: time ${ratio(seconds, totals.seconds)}, with report and start of the program`)
}

/** `1.07 (64 of 60)`: what came true, divided by what was planned. */
function ratio(real, planned) {
  const [a, b] = [real, planned].map((value) =>
    value >= 1e6 ? `${(value / 1e6).toFixed(0)} MB` : `${value.toFixed(1)} s`,
  )
  return `${(real / planned).toFixed(2)} (${a} of ${b})`
}

function sum(list, pick) {
  return list.reduce((total, one) => total + pick(one), 0)
}

function writeStudy() {
  const data = join(root, 'examples/miniature/data')
  const config = (width, layers, vocabulary) =>
    `{ model_type: t5, vocab_size: ${vocabulary}, d_model: ${width}, d_kv: 64, d_ff: ${3 * width}, num_layers: ${layers}, num_heads: ${width / 64}, feed_forward_proj: gated-gelu, tie_word_embeddings: false }`
  const tokenizer = join(root, 'examples/miniature/tokenizer')
  const path = join(folder, 'study.yaml')
  writeFileSync(
    path,
    `study: plan-accuracy
starts:
  small: { scratch: ${config(64, 2, 1024)}, tokenizer: ${tokenizer} }
  large: { scratch: ${config(384, 5, 32128)}, tokenizer: ${tokenizer} }
defaults:
  limits: { source: 128, target: 32 }
  teach: { learning_rate: 1e-3, batch: 16, epochs: 3 }
tasks:
  a2t:
    prefix: "abstract to title: "
    data: { file: ${data}/abstracts.jsonl, split: { train: 480, validation: 60, test: 160, seed: 42 } }
    source: abstract
    target: title
    teach: { order: length }
    metrics: [bleu, rouge]
  res:
    prefix: "multi-label classification: "
    data: { file: ${data}/reviews.csv, split: { train: 480, validation: 60, test: 160, seed: 42 } }
    source: review
    labels: { column: policies_violated, separator: "\\n", none: na, classes: [BadFood, Cost, Filthy, MissingFood, OrderProblem, RudeService, ScaryMcDs, SlowService] }
    teach: { best_by: macro_f1, evaluate_rows: all }
    metrics: [labels]
chains: [small -> a2t, small -> a2t -> res, large -> a2t, large -> a2t -> res, large -> res]
seeds: [1]
`,
  )
  return path
}
