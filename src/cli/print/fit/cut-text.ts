import stringWidth from 'string-width'
import { visibleControls } from '../own-styles.ts'

/** A text of at most so many columns of a terminal: what is too long ends with an ellipsis. */
export function cutText(text: string, width: number): string {
  // A character takes at least a part of a column, and a long text is not measured to its end.
  const head = text.slice(0, 8 * width)
  const shown = visibleControls(head)
  if (head.length === text.length && stringWidth(shown) <= width) return shown
  const signs = [...new Intl.Segmenter().segment(shown)].map(({ segment }) => segment)
  let [room, count] = [width - 1, 0]
  while (count < signs.length && stringWidth(signs[count]!) <= room) room -= stringWidth(signs[count++]!)
  return `${signs.slice(0, count).join('')}…`
}
