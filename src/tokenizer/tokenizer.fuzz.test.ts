import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Fault } from '../base/fault.ts'
import { type Random, seededRandom } from '../base/random.ts'
import { fastTokenizer } from './fast/fast-tokenizer.ts'
import { t5Tokenizer } from './sentencepiece/t5-tokenizer.ts'
import type { Tokenizer } from './tokenizer.ts'

/** More of them: `node scripts/fuzz-tokenizer.mjs`. */
const rounds = Number(process.env.FUZZ_ROUNDS ?? 150)
const slowestMs = 10_000

const fixtures = new URL('../../test/fixtures/tokenizers/', import.meta.url)
const folders = ['en', 'multi']
const texts = [
  'The lamp, 23 times!',
  '慢的灯 e\u0301 \u1100\u1161 👩‍👧 <extra_id_3></s>',
  ' \0\u2028▁▁ ﬁ ',
  'a'.repeat(300),
]

/** Reads a mutated file and uses the tokenizer; what is neither a tokenizer nor a sentence fails the test. */
function outcome(read: () => Tokenizer, round: number): 'read' | 'fault' {
  const begun = performance.now()
  try {
    const tokenizer = read()
    for (const text of texts) {
      const ids = tokenizer.encode(text, { maxLength: 200 })
      expect(ids.every((id) => id >= 0 && id < tokenizer.vocabSize)).toBe(true)
      tokenizer.decode(ids)
      tokenizer.decode(ids, { skipSpecialTokens: false })
    }
    tokenizer.decode([0, 5, 17, 300, -1, 1e9, Number.NaN])
    expect(tokenizer.sentinelIds.every((id) => id >= 0 && id < tokenizer.vocabSize)).toBe(true)
    return 'read'
  } catch (error) {
    if (!(error instanceof Fault)) throw new Error(`Round ${round} broke it`, { cause: error })
    expect(error.message).toContain('"the file"')
    expect(error.message).not.toMatch(/\n/)
    expect(error.message.length).toBeLessThan(600)
    return 'fault'
  } finally {
    expect(performance.now() - begun).toBeLessThan(slowestMs)
  }
}

test(`t5Tokenizer() reads ${rounds} mutated models or says why not`, () => {
  const originals = folders.map((folder) => readFileSync(new URL(`${folder}/spiece.model`, fixtures)))
  const counts = { read: 0, fault: 0 }
  for (let round = 0; round < rounds; round++) {
    const random = seededRandom([1, round])
    const bytes = mutatedBytes(originals[random.below(originals.length)]!, random)
    counts[outcome(() => t5Tokenizer(bytes, { origin: 'the file' }), round)]++
  }
  expect(counts.read).toBeGreaterThan(rounds / 20)
  expect(counts.fault).toBeGreaterThan(rounds / 20)
})

test(`fastTokenizer() reads ${rounds} mutated files or says why not`, () => {
  const originals = folders.map((folder) => readFileSync(new URL(`${folder}/tokenizer.json`, fixtures), 'utf8'))
  const counts = { read: 0, fault: 0 }
  for (let round = 0; round < rounds; round++) {
    const random = seededRandom([2, round])
    const original = originals[random.below(originals.length)]!
    const text =
      random.below(4) === 0
        ? new TextDecoder().decode(mutatedBytes(Buffer.from(original), random))
        : mutatedJson(original, random)
    counts[outcome(() => fastTokenizer(text, { origin: 'the file' }), round)]++
  }
  expect(counts.read).toBeGreaterThan(rounds / 20)
  expect(counts.fault).toBeGreaterThan(rounds / 20)
})

function mutatedBytes(original: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(original)
  for (let count = 1 + random.below(4); count > 0 && bytes.length > 8; count--) {
    // The settings of a spiece.model lie at its end, small beside the character map.
    const reach = random.below(2) === 0 ? bytes.length : Math.min(bytes.length, 600)
    const at = bytes.length - 1 - random.below(reach)
    switch (random.below(6)) {
      case 0:
        bytes[at]! ^= 1 << random.below(8)
        break
      case 1:
        bytes[at] = random.below(256)
        break
      case 2:
        bytes = bytes.subarray(0, random.below(8) === 0 ? at : bytes.length)
        break
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(20))])
        break
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - random.below(300)))])
        break
      default:
        bytes.fill(random.below(2) * 255, at, Math.min(bytes.length, at + random.below(12)))
    }
  }
  return bytes
}

const oddValues: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  2.5,
  1e300,
  '',
  '▁',
  'x',
  '\ud800',
  '(',
  '(a*)*',
  ' {2,}',
  [],
  [[]],
  {},
  { Regex: '[' },
  { String: '' },
  'Metaspace',
  'WhitespaceSplit',
  'Lowercase',
  'Sequence',
  'constructor',
]

/** Changes values somewhere in the tree; the vocabulary, which is nearly all of it, is picked as often as other fields. */
function mutatedJson(original: string, random: Random): string {
  const file = JSON.parse(original) as unknown
  for (let count = 1 + random.below(3); count > 0; count--) {
    let node = file as Record<string, unknown>
    for (;;) {
      const keys = Object.keys(node)
      if (keys.length === 0) break
      const key = keys[random.below(keys.length)]!
      const child = node[key]
      if (typeof child === 'object' && child !== null && random.below(5) > 0) {
        node = child as Record<string, unknown>
        continue
      }
      const pick = random.below(4)
      if (pick === 0 && !Array.isArray(node)) delete node[key]
      else if (pick === 1) node[key] = structuredClone(node[keys[random.below(keys.length)]!])
      else node[key] = structuredClone(oddValues[random.below(oddValues.length)])
      break
    }
  }
  return JSON.stringify(file)
}
