/** An address as sentences show it: what follows its path may be a signature, which opens a file to whoever reads the sentence. */
export function shownAddress({ origin, pathname }: URL): string {
  return `${origin}${pathname}`
}

/** A text of others, whose addresses are shown as {@link shownAddress} does. */
export function withoutSignatures(text: string): string {
  return text.replace(/(\bhttps?:\/\/[^\s"'<>?#]*)([?#][^\s"'<>]*)/giu, (_, address: string, rest: string) => {
    let end = rest.length
    while (end > 0 && ofSentences.includes(rest[end - 1]!)) end--
    return address + rest.slice(end)
  })
}

/** What ends an address in a sentence, and is not of it. */
const ofSentences = '.,;:!)]}'

/** Who is asked at an address, as part of a sentence: the hub, or where it sends requests for large files. */
export function askedAt(address: URL, endpoint: URL): string {
  return address.origin === endpoint.origin ? 'the hub' : "the hub's store of large files"
}
