/**
 * An address as sentences show it: without a name and password, and without what follows its path, which may be a signature that
 * opens a file to whoever reads the sentence.
 */
export function shownAddress({ protocol, host, pathname }: URL): string {
  return `${protocol}${host === '' ? '' : `//${host}`}${pathname}`
}

/** A text of others, whose addresses are shown as {@link shownAddress} does. */
export function withoutSecrets(text: string): string {
  const nameless = text.replace(/\/\/[^\s/?#]*@/gu, '//')
  return nameless.replace(/(\bhttps?:\/\/[^\s"'<>?#]*)([?#][^\s"'<>]*)/giu, (_, address: string, rest: string) => {
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
