import { spawn } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { Fault } from '../base/fault.ts'
import { clearAway, temporaryFolder } from '../base/temporary-folder.ts'
import type { OnnxKind } from './onnx-graphs.ts'

/** What transformers.js says to a source. */
export interface BrowserAnswer {
  readonly answer: string
  /** The source as it cuts it. */
  readonly ids: readonly number[]
}

export interface BrowserRequest {
  readonly folder: string
  readonly kind: OnnxKind
  readonly sources: readonly string[]
  readonly maxNewTokens: number
  /** Ends the process. */
  readonly signal?: AbortSignal | undefined
  /** Told how many sources are answered. */
  readonly onAnswers?: (done: number) => void
}

/**
 * Where `@huggingface/transformers` is installed, as a program in a folder finds it.
 *
 * @throws {Fault} saying how to install it
 */
export function transformersJs(folder: string): string {
  try {
    return createRequire(join(folder, 'anything.js')).resolve('@huggingface/transformers')
  } catch {
    throw new Fault(
      `Cannot check with transformers.js as it is not installed here: run "npm install @huggingface/transformers" in "${folder}"`,
    )
  }
}

/**
 * Answers sources with transformers.js in a process of its own, as it brings an onnxruntime of its own.
 *
 * @param program what {@link transformersJs} gives
 * @throws {Fault} with the last line of what it says when it fails
 */
export async function browserAnswers(program: string, request: BrowserRequest): Promise<BrowserAnswer[]> {
  // transformers.js takes a folder's name for that of a model on the hub, which few letters may be in.
  const plain = temporaryFolder('reteach-onnx-')
  try {
    const folder = join(plain, 'model')
    symlinkSync(resolve(request.folder), folder, 'junction')
    return await answersOfProcess(program, request, folder)
  } finally {
    clearAway(plain)
  }
}

async function answersOfProcess(
  program: string,
  { signal, onAnswers, folder: written, ...request }: BrowserRequest,
  folder: string,
): Promise<BrowserAnswer[]> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  let done = 0
  // A byte each, where nothing that a library prints comes between.
  child.stdio[3]!.on('data', (bytes: Buffer) => {
    done += bytes.length
    onAnswers?.(done)
  })
  const end = (): void => void child.kill('SIGKILL')
  signal?.addEventListener('abort', end, { once: true })
  child.stdin.on('error', () => {})
  child.stdin.end(JSON.stringify({ ...request, folder, program: pathToFileURL(program).href }))
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ])
  signal?.removeEventListener('abort', end)
  signal?.throwIfAborted()
  if (code === 0) return JSON.parse(out.slice(out.lastIndexOf(mark) + mark.length)) as BrowserAnswer[]
  const line = err.split('\n').findLast((one) => /error/iu.test(one)) ?? err.trim().split('\n').at(-1)
  // Where it lies for the moment says nothing to anybody.
  const told = line?.trim().replaceAll(folder, written)
  throw new Fault(`Cannot answer with transformers.js: ${told || `it ended with ${code}`}`)
}

const mark = 'answers:'

const script = `
import { writeSync } from 'node:fs'
import { stdin, stdout } from 'node:process'
import { text } from 'node:stream/consumers'
import { dirname, basename } from 'node:path'
const { program, folder, kind, sources, maxNewTokens } = JSON.parse(await text(stdin))
const imported = await import(program)
const { AutoTokenizer, AutoModelForSeq2SeqLM, env } = imported.default ?? imported
env.allowRemoteModels = false
env.localModelPath = dirname(folder)
const name = basename(folder)
const tokenizer = await AutoTokenizer.from_pretrained(name)
const model = await AutoModelForSeq2SeqLM.from_pretrained(name, { dtype: kind })
const answers = []
for (const source of sources) {
  const inputs = await tokenizer(source)
  const settings = { num_beams: 1, do_sample: false, max_new_tokens: maxNewTokens }
  const output = await model.generate({ ...inputs, ...settings })
  const [answer] = tokenizer.batch_decode(output, { skip_special_tokens: true })
  answers.push({ answer, ids: Array.from(inputs.input_ids.data, Number) })
  writeSync(3, '.')
}
stdout.write('${mark}' + JSON.stringify(answers))
`
