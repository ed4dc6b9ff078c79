import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { loadTokenizer } from '../../src/pretrained/tokenizer-folder.ts'
import { runCli } from '../rig/cli.ts'

const model = join(import.meta.dirname, '../fixtures/models/small-byt5')
const cwd = mkdtempSync(join(tmpdir(), 'reteach-byt5-'))
afterAll(() => rmSync(cwd, { recursive: true }))

const reteach = async (line: string) => await runCli(line.split(' '), { cwd })
const pairs = Array.from({ length: 6 }, (_, row) => ({ source: `naïve 你好 ${row}`, target: `é${row}` }))
writeFileSync(join(cwd, 'pairs.jsonl'), pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(''))
writeFileSync(
  join(cwd, 'study.yaml'),
  `
study: bytes
starts:
  bytes: { path: ${model} }
  fresh: { scratch: ${join(model, 'config.json')}, tokenizer: ${model} }
tasks:
  pairs:
    data: { file: pairs.jsonl, split: { train: 2, validation: 2, test: 2, seed: 1 } }
    source: source
    target: target
    metrics: [exact-match]
    limits: { source: 32, target: 8 }
    teach: { steps: 1, batch: 2, learning_rate: 0.001 }
    generate: { max_new_tokens: 4 }
chains: [bytes -> pairs, fresh -> pairs]
`,
)

it('a ByT5 is taught, measured and asked, and its taught folder is a ByT5', async () => {
  const loss = await reteach(`loss --model ${model} --data pairs.jsonl --json`)
  // Two bytes of é, a digit, </s>.
  expect(JSON.parse(loss.out)).toMatchObject({ tokens: 6 * 4 })
  const lesson = '--data pairs.jsonl --learning-rate 1e-3 --batch 2 --steps 1'
  expect(await reteach(`teach --model ${model} --out taught ${lesson}`)).toMatchObject({ code: 0 })
  expect(readdirSync(join(cwd, 'taught'))).toContain('tokenizer_config.json')
  expect([...loadTokenizer(join(cwd, 'taught')).encode('a')]).toEqual([100, 1])
  const answers = await reteach('predict --model taught --pairs pairs.jsonl --max-new-tokens 4')
  expect(answers).toMatchObject({ code: 0 })
  expect(answers.out.trim().split('\n')).toHaveLength(pairs.length)
}, 120_000)

it('a study begins from a ByT5, taught or fresh', async () => {
  const ran = await reteach('run study.yaml')
  expect(ran.err).not.toContain('❌')
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.out).toContain('bytes -> pairs')
}, 300_000)
