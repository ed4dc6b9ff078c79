// Draws what a command printed as an SVG for the README: `FORCE_COLOR=1 npm run demo | node scripts/terminal-svg.mjs > docs/demo.svg`.
// Knows the styles that the command line uses: bold, dim and the eight colours.
import { text } from 'node:stream/consumers'
import { stripVTControlCharacters } from 'node:util'

const characterWidth = 8.43
const lineHeight = 19
const margin = 18
const colours = {
  30: '#57606a',
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#56d4dd',
}
const styleCodes = new RegExp(`${String.fromCharCode(27)}\\[([\\d;]*)m`, 'u')
const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Wide characters (Chinese, emoji) take two columns of a terminal. */
function columnsOf(line) {
  return [...line].reduce(
    (sum, character) =>
      sum +
      (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\u{1f300}-\u{1faff}]/u.test(
        character,
      )
        ? 2
        : 1),
    0,
  )
}

function spans(line) {
  const style = { bold: false, dim: false, colour: undefined }
  let svg = ''
  // The parts alternate: text, codes, text, …
  line.split(styleCodes).forEach((part, index) => {
    if (index % 2 === 1) {
      for (const code of part.split(';').map(Number)) {
        if (code === 0) Object.assign(style, { bold: false, dim: false, colour: undefined })
        else if (code === 1) style.bold = true
        else if (code === 2) style.dim = true
        else if (code === 22) Object.assign(style, { bold: false, dim: false })
        else if (code === 39) style.colour = undefined
        else if (code in colours) style.colour = colours[code]
      }
    } else if (part !== '') {
      const fill = style.colour ?? (style.dim ? '#8b949e' : undefined)
      const attributes = `${fill ? ` fill="${fill}"` : ''}${style.bold ? ' font-weight="700"' : ''}`
      svg += `<tspan${attributes}>${part.replace(/[&<>]/gu, (character) => entities[character])}</tspan>`
    }
  })
  return svg
}

const lines = (await text(process.stdin)).replace(/\s+$/u, '').split('\n')
const columns = Math.max(...lines.map((line) => columnsOf(stripVTControlCharacters(line))))
const width = Math.ceil(columns * characterWidth + 2 * margin)
const height = lines.length * lineHeight + 2 * margin
const rows = lines.map((line, row) => `<text x="${margin}" y="${margin + 14 + row * lineHeight}">${spans(line)}</text>`)
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace" font-size="14" fill="#e6edf3" xml:space="preserve">
${rows.join('\n')}
</g>
</svg>`)
