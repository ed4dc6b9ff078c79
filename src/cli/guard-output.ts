import pc from 'picocolors'
import { hiddenCharacters, shownCharacter } from '../base/fault.ts'

/**
 * What the program itself sends to a terminal: its colours, none of which hides a text, and the erasing of a line that is written
 * anew, which is the first of what is written.
 */
const ownStyle = '\\u001b\\[(?:[0-2]|22|3[1236]|39)m'
const ownErasing = '^\\r\\u001b\\[2K'

const controls = `[${hiddenCharacters}]`

/**
 * Makes control characters visible in everything that is written to a stream: ESC is shown as `\u001b`. JSON stays what it is, as
 * these are its own escapes.
 *
 * @param styled whether the program's own colours are meant for this stream
 */
export function guardOutput(stream: NodeJS.WriteStream, styled = pc.isColorSupported): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean
  const show = visibleControls({ styled, erases: stream.isTTY === true })
  stream.write = (chunk: unknown, ...rest: unknown[]) => write(typeof chunk === 'string' ? show(chunk) : chunk, ...rest)
}

/** Makes a function that shows control characters. @param own which of the program's own sequences may stay */
export function visibleControls(own: { readonly styled: boolean; readonly erases: boolean }): (text: string) => string {
  const kept = [...(own.styled ? [ownStyle] : []), ...(own.erases ? [ownErasing] : [])]
  const pattern = new RegExp(kept.length === 0 ? controls : `${kept.join('|')}|${controls}`, 'gu')
  return (text) => text.replace(pattern, (found) => (found.length > 1 ? found : shownCharacter(found)))
}
