import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outputSchemas } from '../../src/cli/output/output-schemas.ts'
import { runCli } from '../rig/cli.ts'
import { fixture } from '../rig/study-folder.ts'

const model = fixture('models/tiny-flan-t5')
const pairs = [
  { source: 'a small house by the river', target: 'house' },
  { source: 'a large tree', target: 'tree' },
  // A line separator that is no line end in JSONL.
  { source: 'the red\u2028boat', target: 'boat' },
]

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-commands-'))
  writeFileSync(join(folder, 'pairs.jsonl'), pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(''))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const cli = (args: string, input?: string) =>
  runCli(args.split(' '), { cwd: folder, ...(input === undefined ? {} : { input }) })
const lines = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

describe('reteach teach', () => {
  const args = `teach --model ${model} --data pairs.jsonl --learning-rate 1e-3 --batch 2`

  it('writes the model folder and an object an update, going round the data, the same for the same seed', async () => {
    const [a, b] = [await cli(`${args} --steps 5 --out a --json`), await cli(`${args} --steps 5 --out b --json`)]
    expect([a.code, b.code]).toEqual([0, 0])
    const log = lines(readFileSync(join(folder, 'a/log.jsonl'), 'utf8')) as Record<string, number>[]
    expect(log.map((line) => Object.keys(line))).toEqual(
      Array(5).fill(['step', 'loss', 'grad_norm', 'learning_rate', 'tokens']),
    )
    expect(log.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5])
    expect(log.map(({ learning_rate }) => learning_rate)).toEqual(
      [1, 0.8, 0.6, 0.4, 0.2].map((share) => expect.closeTo(share * 1e-3, 12)),
    )
    expect(readdirSync(join(folder, 'a'))).toEqual(
      expect.arrayContaining(['config.json', 'model.safetensors', 'tokenizer.json']),
    )
    expect(
      readFileSync(join(folder, 'a/model.safetensors')).equals(readFileSync(join(folder, 'b/model.safetensors'))),
    ).toBe(true)
    expect((JSON.parse(a.out) as { steps: number }).steps).toBe(5)
    expect(readdirSync(folder).filter((name) => /tmp|state/u.test(name))).toEqual([])
  }, 60_000)

  it('writes into the empty folder that a link leads to, and leaves the link', async () => {
    mkdirSync(join(folder, 'led-to'))
    symlinkSync('led-to', join(folder, 'link'))
    expect((await cli(`${args} --steps 1 --out link`)).code).toBe(0)
    expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true)
    expect(readdirSync(join(folder, 'led-to'))).toContain('model.safetensors')
    expect(readdirSync(folder).filter((name) => /tmp|state/u.test(name))).toEqual([])
    const again = await cli(`${args} --steps 1 --out link`)
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('as it is there already') })
  }, 60_000)

  it('says with --dry-run how many updates it would make, and writes nothing', async () => {
    const before = readdirSync(folder)
    const { code, out } = await cli(`${args} --epochs 3 --out dry/run --dry-run --json`)
    expect(code).toBe(0)
    const pairs = lines(readFileSync(join(folder, 'pairs.jsonl'), 'utf8')).length
    expect(JSON.parse(out)).toEqual({ parameters: expect.any(Number) as number, updates: 3 * Math.ceil(pairs / 2) })
    expect(readdirSync(folder)).toEqual(before)
    expect((await cli(`${args.replace('pairs', 'none')} --epochs 3 --out dry --dry-run`)).err).toContain('none.jsonl')
  }, 60_000)

  it('leaves the weights as they are at a learning rate of 0', async () => {
    const loss = async (dir: string) => (await cli(`loss --model ${dir} --data pairs.jsonl --json`)).out
    const { code } = await cli(`${args.replace('1e-3', '0')} --epochs 1 --out still`)
    expect(code).toBe(0)
    expect(await loss('still')).toBe(await loss(model))
  }, 60_000)

  it.each([
    ['neither length', `${args} --out x`, 2, 'give either "--epochs" or "--steps"'],
    ['both lengths', `${args} --out x --epochs 1 --steps 1`, 2, 'give either "--epochs" or "--steps"'],
    ['too little memory', `${args} --out x --steps 1 --memory 1MB`, 1, 'give "--memory" at least that'],
    ['a slip in an option', `${args.replace('--batch', '--bach')} --steps 1 --out x`, 2, 'Did you mean --batch?'],
    ['no number', `${args.replace('1e-3', 'fast')} --steps 1 --out x`, 2, 'Wanted a number of at least 0'],
    ['a folder that is in use', `${args} --steps 1 --out .`, 1, 'as it is there already'],
    ['missing data', `${args.replace('pairs.jsonl', 'pears.jsonl')} --steps 1 --out x`, 1, 'Cannot read "pears.jsonl"'],
    ['a missing model', `${args.replace(model, 'nowhere')} --steps 1 --out x`, 1, '"nowhere"'],
  ])('refuses %s', async (_, command, wanted, message) => {
    const { code, err } = await cli(command)
    expect(err).toContain(message)
    expect(code).toBe(wanted)
  })

  it('names file and line of a pair that cannot be used', async () => {
    writeFileSync(join(folder, 'odd.jsonl'), '{"source": "a", "target": "b"}\n{"source": "a"}\n')
    const { code, err } = await cli(`${args.replace('pairs.jsonl', 'odd.jsonl')} --steps 1 --out x`)
    expect(err).toMatch(/odd\.jsonl:2 .*"target" is missing/u)
    expect(code).toBe(1)
    expect(readdirSync(folder).filter((name) => name.startsWith('x'))).toEqual([])
  })
})

describe('reteach doctor', () => {
  it('teaches a lesson, and tells its rate', async () => {
    const { code, out } = await cli('doctor --seconds 1 --device cpu')
    expect(code).toBe(0)
    expect(out).toMatch(/^lesson +\d.* updates\/s, \d+ tokens\/s/mu)
  }, 60_000)
})

describe('reteach loss', () => {
  it('gives the mean over all target tokens and the mean of each pair', async () => {
    const { out } = await cli(`loss --model ${model} --data pairs.jsonl --batch 2 --json`)
    const { loss, tokens, per_example } = JSON.parse(out) as { loss: number; tokens: number; per_example: number[] }
    const targets = pairs.map(({ target }) => `${JSON.stringify({ text: target })}\n`).join('')
    const counts = lines((await cli(`tokenize --model ${model}`, targets)).out).map(
      (line) => (line as { ids: number[] }).ids.length,
    )
    expect(tokens).toBe(counts.reduce((sum, count) => sum + count, 0))
    const whole = per_example.reduce((sum, value, row) => sum + value * counts[row]!, 0) / tokens
    expect(loss).toBeCloseTo(whole, 6)
    const cut = await cli(`loss --model ${model} --data pairs.jsonl --max-target 2 --json`)
    expect((JSON.parse(cut.out) as { tokens: number }).tokens).toBe(6)
  })
})

describe('reteach predict and loss', () => {
  it('leave nothing in the user’s folders, where onnxruntime would note machines and sessions', async () => {
    const home = join(folder, 'home')
    mkdirSync(home)
    const env = { HOME: home, XDG_CACHE_HOME: join(home, 'cache'), XDG_DATA_HOME: join(home, 'data') }
    const { code } = await runCli(['loss', '--model', model, '--data', 'pairs.jsonl'], { cwd: folder, env })
    expect(code).toBe(0)
    expect(readdirSync(home)).toEqual([])
  })

  it('warn of weights that the config has no use for', async () => {
    const odd = join(folder, 'odd')
    cpSync(fixture('models/small-umt5'), odd, { recursive: true })
    const config = readFileSync(join(odd, 'config.json'), 'utf8')
    writeFileSync(join(odd, 'config.json'), config.replace('"umt5"', '"t5"'))
    const told =
      /^Warning: ".*" has tensors that no T5 uses: ".*\.1\.layer\.0\.SelfAttention\.relative_attention_bias\.weight"/m
    expect((await cli(`predict --model ${odd} --max-new-tokens 2`, 'a')).err).toMatch(told)
    const { err, out } = await cli(`loss --model ${odd} --data pairs.jsonl --json`)
    expect(err).toMatch(told)
    expect(JSON.parse(out)).toHaveProperty('loss')
  })
})

describe('reteach predict', () => {
  it('answers each line in order, from standard input as from pairs', async () => {
    const sources = ['a small house', '', 'a large tree  ', 'the red boat by the river and the stone bridge']
    const piped = await cli(`predict --model ${model} --max-new-tokens 6 --batch 2`, sources.join('\n'))
    expect(piped.code).toBe(0)
    const answers = lines(piped.out) as { prediction: string }[]
    expect(answers).toHaveLength(4)
    writeFileSync(join(folder, 'sources.jsonl'), sources.map((source) => `${JSON.stringify({ source })}\n`).join(''))
    const read = await cli(`predict --model ${model} --max-new-tokens 6 --batch 3 --pairs sources.jsonl`)
    expect(lines(read.out)).toEqual(answers)
    const alone = await cli(`predict --model ${model} --max-new-tokens 6`, sources[3])
    expect(lines(alone.out)).toEqual([answers[3]])
  })

  it('warns of sources that it does not read whole', async () => {
    const { err } = await cli(
      `predict --model ${model} --max-source 12 --max-new-tokens 6`,
      'tree\nthe red boat by the river and the stone bridge\n',
    )
    expect(err).toContain('Warning: 1 of 2 sources have more than 12 tokens: the model reads no more of them')
  })

  it('puts the prefix before every source', async () => {
    const [a, b] = [
      await cli(`predict --model ${model} --prefix large --max-source 40`, ' tree\n'),
      await cli(`predict --model ${model}`, 'large tree\n'),
    ]
    expect(a.out).toBe(b.out)
    expect([a.err, b.err].join('')).not.toContain('Warning')
    expect(a.out).toMatch(/^\{"prediction":".*"\}\n$/u)
  })

  it('answers with beams, and says all answers and their scores where a number of them is asked for', async () => {
    const greedy = await cli(`predict --model ${model} --max-new-tokens 6 --num-beams 1`, 'a tree\n')
    const beams = await cli(`predict --model ${model} --max-new-tokens 6 --beams 3 --length-penalty 0.5`, 'a tree\n')
    const several = `--num-beams 3 --length-penalty 0.5 --num-return-sequences 2`
    const { out } = await cli(`predict --model ${model} --max-new-tokens 6 ${several}`, 'a tree\n')
    const { prediction, predictions, scores } = JSON.parse(out) as Record<string, string> & { scores: number[] }
    expect(Object.keys(outputSchemas.get('predict')!.schema.toJSONSchema().properties ?? {})).toEqual(
      expect.arrayContaining(Object.keys(JSON.parse(out))),
    )
    expect(JSON.parse(beams.out)).toEqual({ prediction })
    expect(predictions).toEqual([prediction, expect.any(String)])
    expect(scores).toHaveLength(2)
    expect(scores[0]!).toBeGreaterThan(scores[1]!)
    expect(beams.out).not.toBe(greedy.out)
  })

  it('says that a setting is of no use without beams', async () => {
    const { code, out, err } = await cli(`predict --model ${model} --length-penalty 2`, 'a tree\n')
    expect(err).toContain('Cannot answer with "length_penalty" as it is of no use without beams: set "num_beams"')
    expect([code, out]).toEqual([1, ''])
  })
})

describe('reteach export', () => {
  it('writes the folder that it is called in beside that, and not into it', async () => {
    const own = join(folder, 'own')
    cpSync(model, own, { recursive: true })
    const before = readdirSync(own)
    const { code, out } = await runCli(['export', '.', '--to', 'onnx'], { cwd: own })
    expect([code, out]).toEqual([0, expect.stringContaining('own-onnx')])
    expect(readdirSync(own)).toEqual(before)
    expect(readdirSync(join(folder, 'own-onnx'))).toContain('onnx')
  }, 60_000)
})

describe('reteach tokenize', () => {
  it('turns texts into ids with </s> and back', async () => {
    const texts = ['a small house', 'Line\u2028separator', '']
    const encoded = await cli(
      `tokenize --model ${model}`,
      texts.map((text) => `${JSON.stringify({ text })}\n`).join(''),
    )
    const ids = lines(encoded.out) as { ids: number[] }[]
    expect(ids).toHaveLength(3)
    expect(ids.every((line) => line.ids.at(-1) === 1)).toBe(true)
    const decoded = await cli(`tokenize --model ${model} --decode`, encoded.out)
    expect((lines(decoded.out)[0] as { text: string }).text).toBe('a small house')
    const cut = await cli(`tokenize --model ${model} --max-length 3`, '{"text": "a small house by the river"}')
    expect((lines(cut.out)[0] as { ids: number[] }).ids).toHaveLength(3)
  })

  it('names the line that it cannot read', async () => {
    const { code, err } = await cli(`tokenize --model ${model}`, '{"text": "a"}\n{"txt": "b"}\n')
    expect(err).toContain('line 2 of standard input')
    expect(code).toBe(1)
  })
})

describe('reteach', () => {
  it('has help', async () => {
    const help = await cli('teach --help')
    expect(help.code).toBe(0)
    expect(help.out).toMatch(/\$ .*reteach teach/u)
  })

  it('suggests the nearest command and exits with 2', async () => {
    const { code, err } = await cli('trian')
    expect(err).toMatch(/unknown command 'trian'/u)
    expect(code).toBe(2)
    expect((await cli('predct')).err).toContain('(Did you mean predict?)')
  })
})
