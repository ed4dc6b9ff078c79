/** What a repository without a card is told to be, so that the hub knows how to open it. */
const frontMatter = (library: Library): string =>
  ['---', `library_name: ${library}`, 'pipeline_tag: text2text-generation', 'tags: [reteach]', '---'].join('\n')

/** What opens a folder. */
export type Library = 'transformers' | 'transformers.js'

/**
 * A model's card with the front matter that the hub reads: as it is where it has one.
 *
 * @param card the folder's `README.md`; `undefined` where it has none
 * @param name `owner/name`, which heads a card that says nothing else
 */
export function withFrontMatter(card: string | undefined, name: string, library: Library): string {
  if (card === undefined) return `${frontMatter(library)}\n\n# ${name}\n\nA model taught with reteach.\n`
  return /^\ufeff?---\r?\n[\s\S]*?\r?\n---\s*?(?:\r?\n|$)/u.test(card) ? card : `${frontMatter(library)}\n\n${card}`
}
