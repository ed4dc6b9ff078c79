import stringWidth from 'string-width'

/** A name of at most so many columns of a terminal: a longer one keeps its beginning and its end. */
export function shortName(name: string, most: number): string {
  if (stringWidth(name) <= most) return name
  const signs = [...new Intl.Segmenter().segment(name)].map(({ segment }) => segment)
  const end = fitting(signs.toReversed(), Math.floor((most - 1) / 2)).toReversed()
  const begin = fitting(signs, most - 1 - stringWidth(end.join('')))
  return `${begin.join('')}…${end.join('')}`
}

/** The first signs that take no more columns. */
function fitting(signs: readonly string[], columns: number): string[] {
  let [left, count] = [columns, 0]
  while (count < signs.length && stringWidth(signs[count]!) <= left) left -= stringWidth(signs[count++]!)
  return signs.slice(0, count)
}
