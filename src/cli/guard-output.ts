import pc from 'picocolors'

/** What the program itself sends to a terminal: colours, and the erasing of a line that is written anew. */
const ownStyle = '\\u001b\\[\\d{1,2}m'
const ownErasing = '\\r\\u001b\\[2K'

/**
 * C0 and C1 but for tab and line feed, and what turns the direction of a text or breaks its lines: from a file's rows, labels and
 * names they would move the cursor, set links and titles, or hide what stands there.
 */
const controls = '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'

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
  return (text) => text.replace(pattern, (found) => (found.length > 1 ? found : escaped(found)))
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
