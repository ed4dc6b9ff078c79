import { Writable } from 'node:stream'
import stringWidth from 'string-width'
import { writtenStyles } from '../../src/cli/print/own-styles.ts'

/** A terminal of so many columns and rows, as far as the program uses one: lines, erasing, moving up; styles leave no trace. */
export class Screen {
  /** Everything that stands there, what has scrolled away included. */
  readonly lines: string[] = ['']
  readonly stream: NodeJS.WriteStream
  #at = 0

  constructor(columns: number, rows: number) {
    const sink = new Writable({
      write: (chunk, _, done) => {
        this.#take(writtenStyles(String(chunk)))
        done()
      },
    })
    this.stream = Object.assign(sink, { isTTY: true, columns, rows }) as unknown as NodeJS.WriteStream
  }

  /** Breaks lines that are too long, as terminals do. */
  resize(columns: number, rows: number): void {
    // Nothing stands below the cursor.
    const broken = this.lines
      .slice(0, this.#at + 1)
      .flatMap((line) => line.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? [''])
    this.lines.splice(0, this.lines.length, ...broken)
    this.#at = this.lines.length - 1
    Object.assign(this.stream, { columns, rows })
    this.stream.emit('resize')
  }

  #take(text: string): void {
    for (const [token] of text.matchAll(tokens)) {
      if (token === '\n') this.#down()
      else if (token.endsWith('A') && token.startsWith('\u001b')) this.#at -= Number.parseInt(token.slice(2), 10)
      else if (token === '\u001b[2K') this.lines[this.#at] = ''
      else if (token !== '\r' && !token.startsWith('\u001b')) this.#write(token)
    }
  }

  #write(text: string): void {
    this.lines[this.#at] += text
    if (stringWidth(this.lines[this.#at]!) >= this.stream.columns) throw new Error(`A line fills the screen: ${text}`)
  }

  #down(): void {
    this.#at++
    this.lines[this.#at] ??= ''
  }
}

const esc = String.fromCharCode(27)
const tokens = new RegExp(`${esc}\\[\\d*[A-Za-z]|\r|\n|[^${esc}\r\n]+`, 'gu')
