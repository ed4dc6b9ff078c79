import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readStudy } from '../../src/study/file/read-study.ts'
import { assumedInputs } from '../../src/study/plan/inputs.ts'
import { planStudy } from '../../src/study/plan/plan.ts'

const examples = join(import.meta.dirname, '../../examples')
export const exampleNames = ['miniature/study', 'paper', 'paper-code', 'paper-small', 'real/study', 'starter'] as const

/** Where the keys of an example are kept. */
export function keysFile(name: string): string {
  return join(import.meta.dirname, '../fixtures/step-keys', `${name.replace('/study', '')}.json`)
}

/** `{ "teach mt5 -> res, seed 42": key }` of an example's steps, planned without its data and models. */
export function exampleKeys(name: string): Record<string, string> {
  const file = join(examples, `${name}.yaml`)
  const text = readFileSync(file, 'utf8')
  const checked = readStudy(text, file, { folders: new Map(text.includes('$data') ? [['data', '/data']] : []) })
  if ('faults' in checked) throw new Error(checked.faults.map(({ message }) => message).join('\n'))
  const { steps } = planStudy(checked.study, assumedInputs())
  return Object.fromEntries([...steps.values()].map(({ label, key }, i) => [`${i + 1} ${label}`, key]))
}
