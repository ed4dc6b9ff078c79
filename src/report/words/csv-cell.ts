/**
 * A cell of a CSV file, in quotes where it needs them. A text that a spreadsheet would take for a formula gets an apostrophe
 * before it, as spreadsheets have it for texts.
 */
export function csvCell(value: string | number | boolean): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/u.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
