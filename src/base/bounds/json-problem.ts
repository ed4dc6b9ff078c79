/** What `JSON.parse` complains of, on one line and without a long quotation: it quotes the text, line ends included. */
export function jsonProblem(error: unknown): string {
  const message = (error as Error).message.replace(/[\s\p{Cc}]+/gu, ' ')
  const cut = message.indexOf(', ..."')
  const short = cut === -1 ? message : message.slice(0, cut)
  return short.length > 120 ? `${short.slice(0, 120).replace(/[\ud800-\udbff]$/, '')}…` : short
}
