import { Fault } from '../../base/fault.ts'

const names = 'format|encoding|delimiter|quote|header|columns|entry|at|split|config|revision'

/** A sentence on data that names settings as a study has them, `set quote: ""`, with the flags of the command line. */
export function flagWords(sentence: string): string {
  return sentence
    .replaceAll(new RegExp(String.raw`\bset (another )?(${names})\b(?: \(in a study: \w+\))?`, 'gu'), 'give $1--$2')
    .replaceAll(new RegExp(String.raw`(--[a-z]+(?: to [a-z ]+,)? or )(${names})\b`, 'gu'), '$1--$2')
    .replace(
      new RegExp(`^(Cannot use )((?:${names})(?:, (?:${names}))*)(?= (?:with )?")`, 'u'),
      (_, use, list) => `${use}${String(list).replaceAll(/\w+/gu, '--$&')}`,
    )
    .replaceAll(new RegExp(String.raw`\bleave (${names})(?: \(in a study: \w+\))? out\b`, 'gu'), 'leave --$1 out')
    .replaceAll(/(--header): (true|false)/gu, (_, flag: string, value: string) =>
      value === 'true' ? flag : '--no-header',
    )
    .replaceAll(/(--[a-z]+): /gu, '$1 ')
}

/** A fault with its sentence in such words; any other error as it is. */
export function inFlagWords(error: unknown): unknown {
  return error instanceof Fault ? error.inWords(flagWords(error.message)) : error
}
