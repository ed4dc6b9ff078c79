const blockLength = 64 * 1024

/**
 * Writes pieces of text to standard output, in blocks and no faster than they are taken. A reader that has had enough
 * (`| head`) ends the writing without an error.
 */
export async function writeOutput(pieces: AsyncIterable<string>): Promise<void> {
  const { stdout } = process
  let closed = false
  const onError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error
    closed = true
  }
  stdout.on('error', onError)
  try {
    let block = ''
    for await (const piece of pieces) {
      block += piece
      if (block.length < blockLength) continue
      if (!stdout.write(block)) await drained(stdout)
      block = ''
      if (closed) return
    }
    if (block !== '') await new Promise<void>((resolve) => stdout.write(block, () => resolve()))
  } finally {
    stdout.off('error', onError)
  }
}

/** Waits until more can be written, or nothing ever. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ['drain', 'close', 'error']) stream.off(event, done)
      resolve()
    }
    for (const event of ['drain', 'close', 'error']) stream.on(event, done)
  })
}
