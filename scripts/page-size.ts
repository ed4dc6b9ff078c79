// How large a large study's page becomes, and how soon its first screen is painted: 20 chains, 3 seeds each, 22,500 updates a
// lesson, 2,000 test rows with invented abstracts and titles, of which every chain and seed gets some words wrong.
//
//   node scripts/run-ts.mjs scripts/page-size.ts [folder]
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Random, seededRandom } from '../src/base/random.ts'
import type { StepRunners } from '../src/study/steps/runners.ts'
import { browserPath, noBrowser, openBrowser } from '../test/rig/browser.ts'
import { runCli } from '../test/rig/cli.ts'
import { writeFakeStudy } from '../test/rig/fake-study.ts'
import { fillStore } from '../test/rig/scripted-study.ts'

const [chains, updates, rows] = [20, 22_500, 2_000]
const given = process.argv[2]
const folder = given ?? mkdtempSync(join(tmpdir(), 'reteach-page-size-'))
try {
  const study = writeStudy(folder)
  await fillStore(study, runners())
  const begun = performance.now()
  const { code, err } = await runCli(['report', study], { cwd: folder })
  if (code !== 0) throw new Error(err)
  const page = /(\S+report\.html)/u.exec(err)![1]!
  console.log(`written in ${((performance.now() - begun) / 1000).toFixed(1)} s, with all that a report needs`)
  const bytes = statSync(page).size
  console.log(`${(bytes / 1e6).toFixed(2)} MB`)
  for (const [, id, letters] of readFileSync(page, 'utf8').matchAll(/<script type="[^"]+" id="([^"]+)">([^<]*)/gu)) {
    console.log(`  ${id}: ${(letters!.length / 1e6).toFixed(2)} MB`)
  }
  if (browserPath === undefined) console.log(noBrowser)
  else await paint(page)
} finally {
  if (given === undefined) rmSync(folder, { recursive: true })
}

async function paint(path: string): Promise<void> {
  const browser = await openBrowser()
  for (let turn = 0; turn < 3; turn++) {
    const page = await browser.newPage()
    await page.goto(pathToFileURL(path).href)
    await page.waitForSelector('html[data-ready]')
    const [painted, ready] = (await page.evaluate(
      '[performance.getEntriesByName("first-contentful-paint")[0].startTime, performance.now()]',
    )) as [number, number]
    console.log(`first paint after ${Math.round(painted)} ms, everything there after ${Math.round(ready)} ms`)
    await page.close()
  }
  await browser.close()
}

function writeStudy(into: string): string {
  const random = seededRandom([7])
  const row = (): string => JSON.stringify({ abstract: text(random, 150), title: text(random, 10) })
  const count = 300 + rows
  const rates = Array.from({ length: chains }, (_, i) => ((i + 1) * 1e-4).toFixed(4))
  const study = `study: large
starts:
  base: { scratch: { d_model: 8 }, tokenizer: spiece.model }
tasks:
  a2t:
    prefix: "title: "
    data: { file: rows.jsonl, split: { train: 200, validation: 100, test: ${rows}, seed: 1 } }
    source: abstract
    target: title
    teach: { learning_rate: 1e-3, steps: ${updates}, batch: 4 }
    metrics: [bleu, rouge, exact-match]
chains:
${rates.map((rate) => `  - base -> a2t(learning_rate=${rate})`).join('\n')}
seeds: [1, 2, 3]
`
  return writeFakeStudy(into, { 'study.yaml': study, 'rows.jsonl': Array.from({ length: count }, row).join('\n') })
}

/** Words whose n-th is met about 1/n as often as the first, as in languages. */
function text(random: Random, words: number): string {
  return Array.from({ length: words }, () => word(Math.floor(5000 ** random.uniform()))).join(' ')
}

function word(rank: number): string {
  const signs = seededRandom([rank, 11])
  const length = 2 + signs.below(8)
  return Array.from({ length }, () => String.fromCharCode(97 + signs.below(26))).join('')
}

function runners(): StepRunners {
  return {
    async teach({ lesson: { seed, learningRate }, outFolder }) {
      const random = seededRandom([seed, Math.round((learningRate ?? 0) * 1e6)])
      const put = (name: string, content: string): void => writeFileSync(join(outFolder, name), content)
      const loss = (step: number): number => 2 + 6 / (1 + step / 500) + random.uniform()
      const lines = Array.from({ length: updates }, (_, i) => `{"step":${i + 1},"loss":${loss(i)}}\n`)
      const evaluations = Array.from({ length: 50 }, (_, i) => `{"step":${450 * (i + 1)},"loss":${loss(450 * i)}}\n`)
      put('log.jsonl', lines.join(''))
      put('evaluations.jsonl', evaluations.join(''))
      put('model.safetensors', JSON.stringify([seed, learningRate]))
      const best = { step: updates, value: 2 }
      return { steps: updates, seconds: 7200, loss: 2, best, weightsSha256: 'none', peakRssBytes: 1 }
    },
    async predict({ model, sources, out }) {
      const taught = JSON.parse(readFileSync(join(model, 'model.safetensors'), 'utf8')) as number[]
      const random = seededRandom(taught.map((value) => Math.round(value * 1e6)))
      const answers = readFileSync(sources, 'utf8').trimEnd().split('\n')
      const lines = answers.map((line) => {
        const { target } = JSON.parse(line) as { target: string }
        const words = target.split(' ').map((own) => (random.uniform() < 0.6 ? own : text(random, 1)))
        return `${JSON.stringify({ prediction: words.join(' ') })}\n`
      })
      writeFileSync(out, lines.join(''))
      return { seconds: 60, peakRssBytes: 1 }
    },
  }
}
