import stringWidth from 'string-width'
import { wrapLine } from './wrap-line.ts'

/** A help text at the width of the terminal: paragraphs and lists of words with what they mean; commands to paste stay whole. */
export function fitHelp(text: string, width: number): string {
  const lines: string[] = []
  let isOpen = false
  for (const line of text.split('\n')) {
    const isProse = /^\S/u.test(line)
    if (isProse && isOpen) lines.push(`${lines.pop()} ${line}`)
    else lines.push(line)
    isOpen = isProse && !line.endsWith(':')
  }
  return lines.flatMap((line) => (/^\S/u.test(line) ? wrapLine(line, width) : meaningLines(line, width))).join('\n')
}

/** `  130  interrupted …`: what is too long goes on below its beginning. */
function meaningLines(line: string, width: number): string[] {
  const [, word, meaning] = /^( +[^\s$]+ {2,})(\S.*)$/u.exec(line) ?? []
  if (word === undefined || meaning === undefined || stringWidth(line) <= width) return [line]
  const lines = wrapLine(meaning, Math.max(1, width - word.length))
  return lines.map((one, at) => (at === 0 ? word : ' '.repeat(word.length)) + one)
}
