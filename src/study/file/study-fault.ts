import stringWidth from 'string-width'
import { type FieldKinds, refuseArguments } from '../../base/fault.ts'

/** A fault in a study file, with its place and the text that is wrong. */
export interface StudyFault {
  /** One sentence, without a full stop. */
  readonly message: string
  readonly file: string
  /** 1-based. */
  readonly line: number
  /** 1-based. */
  readonly column: number
  /** The line that holds the fault. */
  readonly text: string
  /** Characters of `text` from `column` on that are underlined. */
  readonly length: number
}

const faultKinds: FieldKinds<StudyFault> = {
  message: 'text',
  file: 'text',
  line: 'count',
  column: 'count',
  text: 'text',
  length: 'number',
}

/**
 * Writes a fault for people, the offending text underlined:
 *
 *   study.yaml:14:11 Unknown task "wmt14-ende": did you mean "wmt14-en-de"?
 *           task: wmt14-ende
 *                 ~~~~~~~~~~
 */
export function describeFault(fault: StudyFault): string {
  refuseArguments({ fault }, { fault: { fields: faultKinds } })
  const head = `${fault.file}:${fault.line}:${fault.column} ${fault.message}`
  if (fault.text.trim() === '') return head
  // Long lines are cut round the fault; tabs would shift the marks.
  const from = fault.text.length > 160 ? Math.max(0, fault.column - 60) : 0
  const shown = fault.text
    .slice(from, from + 160)
    .replaceAll('\t', ' ')
    .trimEnd()
  const before = stringWidth(shown.slice(0, fault.column - 1 - from))
  const marked = stringWidth(shown.slice(fault.column - 1 - from, fault.column - 1 - from + fault.length))
  return `${head}\n    ${shown}\n    ${' '.repeat(before)}${'~'.repeat(Math.max(1, marked))}`
}
