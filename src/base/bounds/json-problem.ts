import { onOneLine } from './one-line.ts'

/** What `JSON.parse` complains of, on one line and without a long quotation: it quotes the text, line ends included. */
export function jsonProblem(error: unknown): string {
  const { message } = error as Error
  const cut = message.indexOf(', ..."')
  return onOneLine(cut === -1 ? message : message.slice(0, cut), 120)
}
