import type { TrimmedVocabulary } from './protocol.ts'

/** What a lesson with a part of the vocabulary comes to, in a sentence without its end. */
export function trimmedSentence({ pieces, of, rows, loss, wholeLoss }: TrimmedVocabulary): string {
  return (
    `Taught with ${pieces} of ${of} pieces: over these the loss of ${rows} rows is ${loss.toFixed(4)}, ` +
    `over all of them, as the saved model answers, ${wholeLoss.toFixed(4)}`
  )
}
