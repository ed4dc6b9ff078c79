import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultDevice, engineFor } from '../../src/engine/backends/backends.ts'
import { type GenerationEntry, generationOptions } from '../../src/lesson/generation.ts'
import { Generator, type Written } from '../../src/train/answers/generator.ts'
import { loadWeights } from '../../src/train/model-memory.ts'
import { fixture } from '../rig/study-folder.ts'

interface GenerationGolden {
  options: GenerationEntry
  eos_token_id?: number[]
  decoder_start_token_id?: number
  sources: number[][]
  /** Of each source. */
  answers: number[][][]
  /** Null for greedy answers. */
  scores: (number[] | null)[]
}

const folder = fixture('generation')
const goldens = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))

test.each(goldens)('Generator.answers() equals the reference under random settings: %s', async (file) => {
  const weights = await loadWeights(fixture(`models/${basename(file, '.jsonl')}`), {
    engine: await engineFor(defaultDevice),
    threads: 1,
  })
  const lines = readFileSync(join(folder, file), 'utf8').trim().split('\n')
  for (const golden of lines.map((line) => JSON.parse(line) as GenerationGolden)) {
    const eosIds = golden.eos_token_id ?? [1]
    const ids = { startId: golden.decoder_start_token_id ?? 0, eosIds }
    const generator = new Generator({ ...weights, ids })
    const sources = golden.sources.map((source) => Int32Array.from(source))
    const found = await generator.answers(sources, generationOptions(golden.options))
    const said = JSON.stringify({ ...golden.options, ...ids })
    expect(found.map(sequencesOf), said).toEqual(golden.answers.map((rows) => rows.map((row) => padless(row, eosIds))))
    for (const [source, scores] of golden.scores.entries()) {
      scores?.forEach((score, place) => {
        const off = Math.abs(found[source]![place]!.score! - score) / Math.max(1, Math.abs(score))
        expect(off, said).toBeLessThan(1e-5)
      })
    }
    await generator.release()
  }
})

function sequencesOf(written: readonly Written[]): number[][] {
  return written.map(({ sequence }) => [...sequence])
}

/** The reference fills the rest with padding, or with more ends where beams are searched. */
function padless(sequence: readonly number[], eosIds: readonly number[]): number[] {
  const end = sequence.findIndex((id, place) => place > 0 && eosIds.includes(id))
  return sequence.slice(0, end < 0 ? undefined : end + 1)
}
