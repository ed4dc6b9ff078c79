import { isSeq, parseDocument } from 'yaml'

/** A chain as a study file has it, with its seeds. */
export interface ChainEntry {
  readonly chain: string
  readonly seeds: readonly number[]
}

/**
 * The text of a study with one more chain at the end.
 *
 * @param text of a study without faults
 */
export function withChain(text: string, entry: ChainEntry): string {
  const document = parseDocument(text)
  const chains = document.get('chains')
  if (isSeq(chains)) chains.add(document.createNode(entry))
  else document.set('chains', [entry])
  return String(document)
}
