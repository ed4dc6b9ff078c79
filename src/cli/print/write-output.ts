import { once } from 'node:events'

const blockLength = 64 * 1024

/**
 * Writes pieces of text to standard output, in blocks and no faster than they are taken.
 */
export async function writeOutput(pieces: AsyncIterable<string>): Promise<void> {
  const { stdout } = process
  let block = ''
  for await (const piece of pieces) {
    block += piece
    if (block.length < blockLength) continue
    if (!stdout.write(block)) await once(stdout, 'drain')
    block = ''
  }
  if (block !== '') await new Promise<void>((resolve) => stdout.write(block, () => resolve()))
}
