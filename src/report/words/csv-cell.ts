/**
 * A cell of a CSV file, in quotes where it needs them. A text that a spreadsheet would take for a formula gets an apostrophe
 * before it, as spreadsheets have it for texts. Control characters that are no white space are replaced: many readers end at a
 * NUL, and a terminal obeys others.
 */
export function csvCell(value: string | number | boolean): string {
  const plain = String(value).replace(/[^\P{Cc}\t\r\n]/gu, '\ufffd')
  const text = typeof value === 'string' && /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/u.test(plain) ? `'${plain}` : plain
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Rows of a CSV file; a value that is not there, or no number, is left empty. */
export function csvLines(rows: readonly (readonly (string | number | boolean | undefined)[])[]): string {
  const cell = (value: string | number | boolean | undefined): string =>
    value === undefined || Number.isNaN(value) ? '' : csvCell(value)
  return rows.map((row) => `${row.map(cell).join(',')}\n`).join('')
}
