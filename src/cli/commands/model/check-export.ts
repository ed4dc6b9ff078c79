import { readFileSync } from 'node:fs'
import { readFault } from '../../../base/read-fault.ts'
import { checkOnnx, type OnnxCheck } from '../../../onnx/check-onnx.ts'
import { exportedKinds } from '../../../onnx/exported-kinds.ts'
import { transformersJs } from '../../../onnx/transformers-js.ts'
import { interruptible } from '../../print/interrupts.ts'
import { tellNotes } from '../../print/tell-notes.ts'

/** What a check has found, and how it is told. */
export interface ExportCheck {
  readonly check: OnnxCheck
  readonly lines: readonly string[]
}

/**
 * Compares the answers of a model and of what was made of it for transformers.js.
 *
 * @param sources a file of texts, one a line
 * @throws {Fault} when transformers.js is not installed in the current folder, or cannot read what was made
 */
export async function checkExport(folder: string, exported: string, sources?: string): Promise<ExportCheck[]> {
  const program = transformersJs(process.cwd())
  const { kinds, missing } = exportedKinds(exported)
  tellNotes([...missing].map(([kind, file]) => `${kind} is not checked, as there is no ${file}`))
  const asked = sources === undefined ? {} : { sources: linesOf(sources) }
  const checks = await interruptible((signal) => checkOnnx({ folder, exported, kinds, program, signal, ...asked }))
  return checks.map((check) => ({ check, lines: checkLines(check) }))
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

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split(/\r?\n/u)
      .filter((line) => line !== '')
  } catch (error) {
    throw readFault(file, error)
  }
}
