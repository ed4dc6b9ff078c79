import { getRandomValues } from 'node:crypto'
import pc from 'picocolors'
import { hiddenCharacters, shownCharacter } from '../../base/fault.ts'

/**
 * The program's own styles. Each carries a mark that is drawn anew for every process, so that rows, labels and answers, which
 * may hold any escape, cannot write one: what reaches a terminal has gone through {@link writtenStyles}.
 */
export const styles = stylesFor(pc.isColorSupported)

/** @param colored whether the terminal shows colours, and wants them */
export function stylesFor(colored: boolean) {
  const style =
    (open: number, close: number) =>
    (text: string): string =>
      colored ? `${sequence(open)}${text}${sequence(close)}` : text
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    cyan: style(36, 39),
  } as const
}

/** Four numbers, as widths are measured without what has the form of a style. */
const mark = getRandomValues(new Uint32Array(4)).join(';')

/** Erases the line that is written anew. */
export const ownErasing = `\r\u001b[2;${mark}K`

/** Moves up by lines, so that several are written anew. */
export function ownUp(lines: number): string {
  return `\u001b[${lines};${mark}A`
}

const begin = '\\u001b\\['
const own = `\\r${begin}2;${mark}K|${begin}\\d+;${mark}[mA]`
const plainStyle = new RegExp(`${begin}(\\d+)m`, 'gu')
const ownOrHidden = new RegExp(`${own}|[${hiddenCharacters}]`, 'gu')

/** Shows what data holds of control characters: ESC as `\u001b`. JSON stays what it is, as these are its own escapes. */
export function visibleControls(text: string): string {
  return text.replace(ownOrHidden, (found) => (found.length > 1 ? found : shownCharacter(found)))
}

/** As {@link visibleControls}, with the program's own styles as a terminal reads them. */
export function writtenStyles(text: string): string {
  return text.replace(ownOrHidden, (found) =>
    found.length > 1 ? found.replace(`;${mark}`, '') : shownCharacter(found),
  )
}

/** Marks styles of a text that has gone through {@link writtenStyles}: all are the program's own. */
export function markedStyles(text: string): string {
  return text.replace(plainStyle, (_, code: string) => sequence(Number(code)))
}

function sequence(code: number): string {
  return `\u001b[${code};${mark}m`
}
