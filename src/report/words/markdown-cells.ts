import { markdownText } from './markdown-text.ts'

/** Cells as a table in Markdown, the first row its header, the first column to the left. */
export function markdownCells(cells: readonly (readonly string[])[]): string {
  const [header, ...rows] = cells
  const line = (of: readonly string[]): string => `| ${of.map(markdownText).join(' | ')} |`
  const rule = `|${header!.map((_, index) => (index === 0 ? '---' : '--:')).join('|')}|`
  return [line(header!), rule, ...rows.map(line)].join('\n')
}
