/** The beginning of a text that comes in pieces, and the text itself from the start again. */
export interface SampledText {
  readonly sample: string
  /** Whether the sample is all of it. */
  readonly isWhole: boolean
  readonly text: AsyncIterable<string>
}

const sampleLength = 1024 * 1024

/** Reads about a million characters ahead, so that a format can be told before the text is read. */
export async function sampleText(text: AsyncIterable<string>): Promise<SampledText> {
  const pieces = text[Symbol.asyncIterator]()
  const parts: string[] = []
  let length = 0
  let isWhole = false
  while (length < sampleLength) {
    const { done, value } = await pieces.next()
    if (done === true) {
      isWhole = true
      break
    }
    parts.push(value)
    length += value.length
  }
  const sample = parts.join('')
  return { sample, isWhole, text: chain(sample, pieces) }
}

async function* chain(sample: string, pieces: AsyncIterator<string>): AsyncGenerator<string> {
  try {
    yield sample
    for (;;) {
      const { done, value } = await pieces.next()
      if (done === true) return
      yield value
    }
  } finally {
    await pieces.return?.()
  }
}
