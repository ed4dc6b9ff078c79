import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../../base/fault.ts'
import { readFault } from '../../../base/read-fault.ts'
import { checkOnnx, type OnnxCheck } from '../../../onnx/check-onnx.ts'
import { exportedKinds } from '../../../onnx/exported-kinds.ts'
import { onnxFileNames } from '../../../onnx/onnx-graphs.ts'
import { refuseCutOnnx } from '../../../onnx/refuse-cut-onnx.ts'
import { transformersJs } from '../../../onnx/transformers-js.ts'
import { interruptible } from '../../print/interrupts.ts'
import { ProgressLine } from '../../print/progress-line.ts'
import { tellNotes } from '../../print/tell-notes.ts'

/** What a check has found, and how it is told. */
export interface ExportCheck {
  readonly check: OnnxCheck
  readonly lines: readonly string[]
}

/** What a check takes that may be missing. */
export interface CheckNeeds {
  /** transformers.js */
  readonly program: string
  /** Texts to answer. @default some that are made of the model's pieces */
  readonly sources?: readonly string[]
}

/**
 * Looks for what a check takes, also before what is to be checked is made.
 *
 * @param sources a file of texts, one a line
 * @throws {Fault} when transformers.js is not installed in the current folder, or there are no texts in the file
 */
export function checkNeeds(sources: string | undefined): CheckNeeds {
  const asked = sources === undefined ? {} : { sources: askedTexts(sources) }
  return { program: transformersJs(process.cwd()), ...asked }
}

/**
 * Compares the answers of a model and of what was made of it for transformers.js.
 *
 * @param needs asked for once it is known that what was made is whole
 * @throws {Fault} when transformers.js cannot read what was made
 */
export async function checkExport(folder: string, exported: string, needs: () => CheckNeeds): Promise<ExportCheck[]> {
  const { kinds, missing } = exportedKinds(exported)
  for (const name of kinds.flatMap(onnxFileNames)) refuseCutOnnx(join(exported, name))
  tellNotes([...missing].map(([kind, file]) => `${kind} is not checked, as there is no ${file}`))
  const found = needs()
  const line = new ProgressLine()
  const onAnswers = (who: string, done: number, total: number): void =>
    line.update({ id: 'check', label: `check, ${who}`, done, total, unit: 'answers', from: 0 })
  try {
    const request = { folder, exported, kinds, onAnswers, ...found }
    const checks = await interruptible((signal) => checkOnnx({ ...request, signal }))
    return checks.map((check) => ({ check, lines: checkLines(check) }))
  } finally {
    line.end('check')
  }
}

/** `fp32: 64/64 identical`, or with the first difference below it. */
export function checkLines({ kind, sources, identical, first }: OnnxCheck): string[] {
  const counts = `${kind}: ${identical}/${sources} identical`
  if (first === undefined) return [counts]
  const why = first.isCutOtherwise ? ', which transformers.js cuts into other tokens' : ''
  return [
    `${counts}; the first difference is source ${first.number}${why}:`,
    `  source           ${JSON.stringify(first.source)}`,
    `  reteach          ${JSON.stringify(first.expected)}`,
    `  transformers.js  ${JSON.stringify(first.found)}`,
  ]
}

/**
 * The lines of a file that are not blank; how many are is told.
 *
 * @throws {Fault} when all are
 */
export function askedTexts(file: string): string[] {
  const lines = linesOf(file)
  const sources = lines.filter((line) => line.trim() !== '')
  if (sources.length === 0) throw new Fault(`Cannot check with "${file}" as there is no text in it: write one a line`)
  const blank = lines.length - sources.length
  if (blank > 0) tellNotes([`${blank} of ${lines.length} lines of "${file}" are blank and not asked`])
  return sources
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .replace(/^\ufeff/u, '')
      .replace(/\r?\n$/u, '')
      .split(/\r?\n/u)
  } catch (error) {
    throw readFault(file, error)
  }
}
