import { keepArrows } from './keep-arrows.ts'

/**
 * A text as Markdown that shows it and does nothing else: no tags, links, pictures, code, emphasis, headings or lists, and no control
 * characters. Line breaks are spaces, so that it can stand in a list or a table.
 */
export function markdownText(text: string): string {
  const shown = text.replace(/\s+/gu, ' ').replace(/\p{Cc}|\p{Bidi_Control}/gu, '\ufffd')
  return keepArrows(shown)
    .replace(/[\\`*[\]|]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|~(?=\S)|(?<=\S)~/gu, '\\$&')
    .replace(/&(?=[#\w])/gu, '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/^( ?)([#>]|[-+](?=[ -]|$)|=(?==*$))/u, '$1\\$2')
    .replace(/^( ?\d+)(?=[.)](?: |$))/u, '$1\\')
}
