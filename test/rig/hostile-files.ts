import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Fault } from '../../src/base/fault.ts'
import { elementCount } from '../../src/graph/tensor.ts'
import { folderGeneration } from '../../src/pretrained/folder-generation.ts'
import { openModel } from '../../src/pretrained/open-model.ts'
import { loadTokenizer } from '../../src/pretrained/tokenizer-folder.ts'
import { hostilePickles } from './hostile-pickles.ts'
import { hostileTokenizers } from './hostile-tokenizers.ts'
import { hostileWeights } from './hostile-weights.ts'
import { soundConfig, soundTensors } from './sound-model.ts'

/** A folder that somebody may be sent. */
export interface HostileFiles {
  /** What is written into the folder, beside a sound config. */
  readonly files: () => Readonly<Record<string, string | Uint8Array>>
  /** What is right to come of it: one sentence that matches, or a model or tokenizer that works. */
  readonly outcome: RegExp | 'opened'
  readonly opens: 'model' | 'tokenizer'
  /** Takes more than a moment to make or to refuse. */
  readonly slow?: boolean
}

/** All of them by what is wrong with them. */
export const hostileFiles: ReadonlyMap<string, HostileFiles> = new Map([
  ...hostilePickles,
  ...hostileWeights,
  ...hostileTokenizers,
])

/**
 * Writes one of {@link hostileFiles} and opens it.
 *
 * @param folder is made anew
 * @throws {Error} when it ends otherwise than in the right outcome, or anything was written beside
 */
export async function openHostileFiles(name: string, folder: string): Promise<'refused' | 'opened'> {
  const { files, outcome, opens } = hostileFiles.get(name)!
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const contents = { 'config.json': JSON.stringify(soundConfig), ...files() }
  for (const [file, content] of Object.entries(contents)) writeFileSync(join(folder, file), content)
  let message: string | undefined
  try {
    await (opens === 'model' ? useModel(folder) : useTokenizer(folder))
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    message = error.message
    checkSentence(message, folder)
  }
  const found = readdirSync(folder).sort().join()
  if (found !== Object.keys(contents).sort().join()) throw new Error(`It has written something: ${found}`)
  if (outcome === 'opened' && message !== undefined) throw new Error(`It is refused: ${message}`)
  if (outcome !== 'opened' && message === undefined) throw new Error('It is opened')
  if (outcome !== 'opened' && !outcome.test(message!)) throw new Error(`Another sentence: ${message}`)
  return message === undefined ? 'opened' : 'refused'
}

/** Reads all weights, which must be those of the sound model. */
async function useModel(folder: string): Promise<void> {
  const model = await openModel(folder)
  try {
    folderGeneration(folder)
    for (const warning of model.warnings) checkSentence(warning, folder)
    await model.readParameters(async ({ name, shape }, fill) => {
      const data = new Float32Array(elementCount(shape))
      await fill(data)
      const sound = soundTensors.find((tensor) => tensor.name === name)
      if (sound !== undefined && data.some((value, i) => value !== sound.data[i])) {
        throw new Error(`Other numbers in ${name}`)
      }
    })
  } finally {
    model.close()
  }
}

const texts = ['The slow lamp charges 慢的灯, 23 times!', `${'a'.repeat(3000)}!`, ' '.repeat(3000), '']

function useTokenizer(folder: string): void {
  const tokenizer = loadTokenizer(folder)
  for (const text of texts) {
    const ids = tokenizer.encode(text)
    if (!ids.every((id) => id >= 0 && id < tokenizer.vocabSize)) throw new Error(`Ids outside: ${ids.join()}`)
    tokenizer.decode(ids)
  }
}

function checkSentence(message: string, folder: string): void {
  const plain = message.replaceAll(folder, basename(folder))
  if (!plain.includes(basename(folder))) throw new Error(`The sentence names no file: ${message.slice(0, 300)}`)
  if (/[^\P{Cc}\t]/u.test(plain))
    throw new Error(`Control characters in the sentence: ${JSON.stringify(plain.slice(0, 300))}`)
  if (plain.length > 2500) throw new Error(`The sentence has ${plain.length} characters: ${plain.slice(0, 300)}`)
  if (/undefined|\[object|NaN/.test(plain.replaceAll(/"[^"]*"/g, ''))) throw new Error(`Odd sentence: ${plain}`)
}
