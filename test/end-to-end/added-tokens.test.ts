import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { loadTokenizer } from '../../src/pretrained/tokenizer-folder.ts'
import type { Tokenizer } from '../../src/tokenizer/tokenizer.ts'
import { runCli } from '../rig/cli.ts'

interface Case {
  text?: string
  ids: number[]
  plain?: number[]
  max_length?: number
  cut?: number[]
  decoded: string
  raw: string
}

interface Folder {
  model: string | null
  files: Record<string, string>
  size: number
  pad: number
  eos: number
  unk: number
  cases: Case[]
}

const fixtures = join(import.meta.dirname, '../fixtures')
const lines = <T>(text: string): T[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
const zipped = <T>(file: string): T[] => lines(gunzipSync(readFileSync(file)).toString('utf8'))

const folders = zipped<Folder>(process.env.FUZZ_FILE ?? join(fixtures, 'added-tokens/folders.jsonl.gz'))
const models = new Map(
  zipped<{ name: string; model: string }>(join(fixtures, 'tokenizers/variants.jsonl.gz'))
    .filter(({ model }) => model !== undefined)
    .map(({ name, model }) => [name, Buffer.from(model, 'base64')]),
)

const temporary = mkdtempSync(join(tmpdir(), 'reteach-added-tokens-'))
afterAll(() => rmSync(temporary, { recursive: true }))

function opened({ model, files }: Folder): Tokenizer {
  const folder = mkdtempSync(join(temporary, 'folder-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const known = model === null ? undefined : models.get(model)
  if (known !== undefined) writeFileSync(join(folder, 'spiece.model'), known)
  else if (model !== null)
    copyFileSync(join(fixtures, 'tokenizers', model, 'spiece.model'), join(folder, 'spiece.model'))
  return loadTokenizer(folder)
}

/** Every field of the case, as this tokenizer gives it. */
function given(tokenizer: Tokenizer, { text, ids, max_length: maxLength }: Case): Case {
  const encoded =
    text === undefined
      ? { ids }
      : {
          text,
          ids: [...tokenizer.encode(text)],
          plain: [...tokenizer.encode(text, { addEos: false })],
          max_length: maxLength!,
          cut: [...tokenizer.encode(text, { maxLength })],
        }
  return { ...encoded, decoded: tokenizer.decode(ids), raw: tokenizer.decode(ids, { skipSpecialTokens: false }) }
}

describe('loadTokenizer() of a folder without tokenizer.json', () => {
  for (const [index, folder] of folders.entries()) {
    const what = folder.model === null ? 'ByT5' : `spiece.model "${folder.model}"`
    it(`${index}: ${folder.cases.length} texts and ids with ${what} as transformers has them`, () => {
      const tokenizer = opened(folder)
      const { vocabSize: size, padId: pad, eosId: eos, unkId: unk } = tokenizer
      expect({ size, pad, eos, unk }).toEqual({
        size: folder.size,
        pad: folder.pad,
        eos: folder.eos,
        unk: folder.unk,
      })
      for (const wanted of folder.cases) expect(given(tokenizer, wanted)).toEqual(wanted)
    })
  }

  for (const style of ['decoder', 'legacy']) {
    it(`${style}: tokens added to T5's are one token each`, () => {
      const folder = mkdtempSync(join(temporary, 'style-'))
      cpSync(join(fixtures, 'added-tokens', style), folder, { recursive: true })
      copyFileSync(join(fixtures, 'tokenizers/en/spiece.model'), join(folder, 'spiece.model'))
      const tokenizer = loadTokenizer(folder)
      const cases = lines<{ text: string; ids: number[] }>(readFileSync(join(folder, 'cases.jsonl'), 'utf8'))
      expect(cases).toHaveLength(10)
      for (const { text, ids } of cases) expect([text, ...tokenizer.encode(text)]).toEqual([text, ...ids])
      expect(tokenizer.vocabSize).toBe(519)
      expect(tokenizer.sentinelIds).toEqual(Array.from({ length: 100 }, (_, n) => 513 - n))
    })
  }

  it('the golden holds both classes, both styles and both ways of cutting behind an added token', () => {
    const configs = folders.map(({ files }) => JSON.parse(files['tokenizer_config.json'] ?? '{}'))
    expect(folders.some(({ model }) => model === null)).toBe(true)
    expect(folders.some(({ files }) => files['added_tokens.json'] !== undefined)).toBe(true)
    expect(configs.some((config) => config.added_tokens_decoder !== undefined)).toBe(true)
    expect(configs.some((config) => config.legacy === false)).toBe(true)
  })
})

interface Losses {
  tokens: number
  loss: number
  per_example: number[]
  answers: string[]
}

describe.each(['decoder', 'legacy'] as const)('a model with tokens added in the style "%s"', (style) => {
  const golden = JSON.parse(readFileSync(join(fixtures, 'added-tokens/loss.json'), 'utf8')) as {
    pairs: { source: string; target: string }[]
  } & Record<typeof style, Losses>
  const wanted = golden[style]

  const folderOf = (model: string): string => {
    const folder = mkdtempSync(join(temporary, 'model-'))
    cpSync(join(fixtures, 'added-tokens', style), folder, { recursive: true })
    copyFileSync(join(fixtures, 'tokenizers/en/spiece.model'), join(folder, 'spiece.model'))
    for (const name of ['config.json', 'generation_config.json', 'model.safetensors']) {
      copyFileSync(join(fixtures, 'models', model, name), join(folder, name))
    }
    writeFileSync(join(folder, 'pairs.jsonl'), golden.pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(''))
    return folder
  }
  const reteach = async (cwd: string, line: string) => await runCli(line.split(' '), { cwd })

  it('has the loss and the answers that transformers gets, within 1e-5', async () => {
    const cwd = folderOf('tiny-flan-t5')
    const found = JSON.parse((await reteach(cwd, 'loss --model . --data pairs.jsonl --json')).out) as Losses
    expect(found.tokens).toBe(wanted.tokens)
    expect(Math.abs(found.loss / wanted.loss - 1)).toBeLessThan(1e-5)
    expect(found.per_example).toHaveLength(wanted.per_example.length)
    found.per_example.forEach((loss, at) => {
      expect(Math.abs(loss / wanted.per_example[at]! - 1)).toBeLessThan(1e-5)
    })
    const { out } = await reteach(cwd, 'predict --model . --pairs pairs.jsonl --max-new-tokens 8')
    expect(lines<{ prediction: string }>(out).map(({ prediction }) => prediction)).toEqual(wanted.answers)
  }, 60_000)

  it('is taught them and keeps them in the taught folder', async () => {
    const cwd = folderOf('tiny-flan-t5')
    const taught = await reteach(
      cwd,
      'teach --model . --data pairs.jsonl --out taught --learning-rate 1e-3 --batch 2 --steps 1 --json',
    )
    expect(taught).toMatchObject({ code: 0 })
    const text = '}x{ [ID]\n <extra_id_0></s>'
    const ids = [...loadTokenizer(join(cwd, 'taught')).encode(text)]
    expect(ids).toEqual([...loadTokenizer(cwd).encode(text)])
    expect(ids).toEqual(expect.arrayContaining([514, 515, 518, 517, 513]))
  }, 60_000)

  it('says that the embeddings are too few where they are', async () => {
    const { code, err } = await reteach(folderOf('small-silu'), 'loss --model . --data pairs.jsonl')
    expect(code).toBe(1)
    expect(err).toContain(
      "as its token id 514 is outside the model's vocabulary of 514: its embeddings were not made larger for tokens that " +
        "were added, or the tokenizer is another model's",
    )
  }, 60_000)
})
