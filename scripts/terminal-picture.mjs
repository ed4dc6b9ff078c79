// Draws what a command printed as an SVG picture: the same text gives the same bytes.
//
//   FORCE_COLOR=1 npm run -s demo 2>&1 | node scripts/terminal-picture.mjs - docs/demo.svg --command "npm run demo"
//   node scripts/terminal-picture.mjs printed.txt docs/demo.svg --theme light --columns 100 --title "A study"
//
// Knows colours (16, 256 and 24 bits), bold, dim, italic, underlined, inverse; a carriage return or "erase line" writes a
// line anew, as progress lines do. Other control codes are left out. Lines longer than --columns are broken between
// words.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { parseArgs } from 'node:util'

const themes = {
  dark: {
    back: '#0d1117',
    fore: '#e6edf3',
    dim: '#8b949e',
    bar: '#161b22',
    colours: ['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4'],
    bright: ['#6e7681', '#ffa198', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#ffffff'],
  },
  light: {
    back: '#ffffff',
    fore: '#1f2328',
    dim: '#656d76',
    bar: '#f6f8fa',
    colours: ['#24292f', '#cf222e', '#116329', '#7d4e00', '#0969da', '#8250df', '#1b7c83', '#6e7781'],
    bright: ['#57606a', '#a40e26', '#1a7f37', '#633c01', '#218bff', '#a475f9', '#3192aa', '#8c959f'],
  },
}
const size = 14
const characterWidth = 8.43
const lineHeight = 19
const margin = 18
const barHeight = 30
const fonts =
  "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', 'Noto Sans Mono CJK SC', monospace"
const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const plain = {
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
  fore: undefined,
  back: undefined,
}
const esc = String.fromCharCode(27)
const control = new RegExp(
  [
    `${esc}\\[([\\d;:?]*)([@-~])`, // styles, and what moves the cursor
    `${esc}\\][^\\u0007${esc}]*(?:\\u0007|${esc}\\\\)`, // titles and links
    `${esc}[@-Z\\\\^_]`,
    '[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001a\\u001c-\\u001f\\u007f]',
  ].join('|'),
  'gu',
)

/** Columns of a terminal that a character takes. */
function columnsOf(character) {
  if (/\p{Mn}|\p{Me}|\u200b|\u200d|\ufe0f/u.test(character)) return 0
  const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/u
  return wide.test(character) || /\p{Emoji_Presentation}/u.test(character) ? 2 : 1
}

function ansi256(code, theme) {
  if (code < 8) return theme.colours[code]
  if (code < 16) return theme.bright[code - 8]
  const levels = code < 232 ? [36, 6, 1].map((place) => Math.floor((code - 16) / place) % 6) : undefined
  const parts = levels?.map((level) => (level === 0 ? 0 : 55 + 40 * level)) ?? Array(3).fill(8 + 10 * (code - 232))
  return hex(parts)
}

function hex(parts) {
  return `#${parts.map((part) => Math.min(255, part).toString(16).padStart(2, '0')).join('')}`
}

/** The style after codes such as `1;31` or `38;5;208`. */
function restyle(style, codes, theme) {
  let next = { ...style }
  const list = codes.split(/[;:]/u).map(Number)
  for (let i = 0; i < list.length; i++) {
    const code = list[i]
    if (code === 0) next = { ...plain }
    else if (code === 1) next.bold = true
    else if (code === 2) next.dim = true
    else if (code === 3) next.italic = true
    else if (code === 4) next.underline = true
    else if (code === 7) next.inverse = true
    else if (code === 22) Object.assign(next, { bold: false, dim: false })
    else if (code === 23) next.italic = false
    else if (code === 24) next.underline = false
    else if (code === 27) next.inverse = false
    else if (code === 39) next.fore = undefined
    else if (code === 49) next.back = undefined
    else if (code === 38 || code === 48) {
      const indexed = list[i + 1] === 5
      const colour = indexed ? ansi256(list[i + 2] ?? 0, theme) : hex(list.slice(i + 2, i + 5))
      next[code === 38 ? 'fore' : 'back'] = colour
      i += indexed ? 2 : 4
    } else if (code >= 30 && code <= 37) next.fore = theme.colours[code - 30]
    else if (code >= 40 && code <= 47) next.back = theme.colours[code - 40]
    else if (code >= 90 && code <= 97) next.fore = theme.bright[code - 90]
    else if (code >= 100 && code <= 107) next.back = theme.bright[code - 100]
  }
  return next
}

/** What moves to the next line with a character that has no room: the word that it belongs to, unless that is very long. */
function lastWord(line, columns) {
  const space = line.findLastIndex(({ character }) => character === ' ')
  return space === -1 || line.length - space > columns / 2 ? [] : line.slice(space + 1)
}

/** Text as a terminal shows it: lines of characters, each with its style and column. */
function screen(text, columns, theme) {
  const lines = [[]]
  let style = plain
  let column = 0
  const put = (character) => {
    if (character === '\n') {
      lines.push([])
      column = 0
    } else if (character === '\r') column = 0
    else if (character === '\t') for (let to = column + 8 - (column % 8); column < to; ) put(' ')
    else {
      const width = columnsOf(character)
      const line = lines.at(-1)
      if (width === 0) {
        const last = line.at(-1)
        if (last !== undefined) last.character += character
        return
      }
      if (column + width > columns) {
        const word = lastWord(line, columns)
        lines[lines.length - 1] = line.slice(0, line.length - word.length)
        put('\n')
        for (const cell of word) {
          lines.at(-1).push({ ...cell, column })
          column += cell.width
        }
        if (character === ' ' && column === 0) return
      }
      const cells = lines.at(-1)
      const end = column + width
      const kept = cells.filter((cell) => cell.column + cell.width <= column || cell.column >= end)
      kept.push({ character, style, column, width })
      lines[lines.length - 1] = kept
      column = end
    }
  }
  let from = 0
  const normal = text.replaceAll('\r\n', '\n')
  for (const found of normal.matchAll(control)) {
    for (const character of normal.slice(from, found.index)) put(character)
    from = found.index + found[0].length
    const [, codes, kind] = found
    if (kind === 'm') style = restyle(style, codes, theme)
    else if (kind === 'K') {
      const mode = codes === '' ? 0 : Number(codes)
      const keep = ({ column: at }) => (mode === 0 ? at < column : mode === 1 ? at > column : false)
      lines[lines.length - 1] = lines.at(-1).filter(keep)
    } else if (kind === 'G') column = Math.max(0, Number(codes || 1) - 1)
  }
  for (const character of normal.slice(from)) put(character)
  while (lines.length > 1 && lines.at(-1).every(({ character }) => character.trim() === '')) lines.pop()
  return lines.map((line) => line.toSorted((a, b) => a.column - b.column))
}

/** Neighbours of one style, joined; a character of two columns ends a run, as fonts differ in its width. */
function runsOf(line) {
  const runs = []
  for (const cell of line) {
    const last = runs.at(-1)
    const joins =
      last !== undefined && last.style === cell.style && last.end === cell.column && !last.wide && cell.width === 1
    if (joins) {
      last.text += cell.character
      last.end += cell.width
    } else {
      const { column, width, style, character } = cell
      runs.push({ text: character, column, end: column + width, style, wide: width > 1 })
    }
  }
  return runs.flatMap(wordsOf)
}

/**
 * Parts of a run between wider gaps, each at its own column: not every viewer keeps several spaces. What is seen without
 * letters, a shade or a line below, stays whole.
 */
function wordsOf(run) {
  const { inverse, underline, back } = run.style
  if (inverse || underline || back !== undefined || run.wide)
    return [{ ...run, text: run.text.replaceAll(' ', '\u00a0') }]
  return [...run.text.matchAll(/\S+(?: \S+)*/gu)].map(({ 0: text, index }) => {
    // Marks that stand over a letter take no column.
    const width = (part) => [...part].reduce((sum, character) => sum + columnsOf(character), 0)
    const column = run.column + width(run.text.slice(0, index))
    return { ...run, text, column, end: column + width(text) }
  })
}

function runSvg(run, row, top, theme) {
  const { bold, dim, italic, underline, inverse } = run.style
  const own = run.style.fore ?? (dim ? theme.dim : theme.fore)
  const [fore, back] = inverse ? [run.style.back ?? theme.back, own] : [own, run.style.back]
  const x = number(margin + run.column * characterWidth)
  const y = top + row * lineHeight
  const width = number((run.end - run.column) * characterWidth)
  const shade =
    back === undefined ? '' : `<rect x="${x}" y="${y}" width="${width}" height="${lineHeight}" fill="${back}"/>`
  if (run.text.trim() === '' && !underline) return shade // nothing but a shade
  const look = [
    fore === theme.fore ? '' : ` fill="${fore}"`,
    bold ? ' font-weight="700"' : '',
    italic ? ' font-style="italic"' : '',
    underline ? ' text-decoration="underline"' : '',
    // Places are those of a terminal, whatever the font that the reader has.
    ` textLength="${width}" lengthAdjust="spacingAndGlyphs"`,
  ].join('')
  return `${shade}<text x="${x}" y="${y + 14}"${look}>${escapeXml(run.text)}</text>`
}

function number(value) {
  return Math.round(value * 100) / 100
}

function escapeXml(text) {
  return text.replace(/[&<>"]/gu, (character) => entities[character])
}

function picture(text, { theme: themeName, columns, title, command }) {
  const theme = themes[themeName]
  const prompt = command === undefined ? '' : `${esc}[32m$${esc}[39m ${esc}[1m${command}${esc}[22m\n`
  const lines = screen(prompt + text, columns, theme)
  const used = Math.max(40, ...lines.map((line) => (line.length === 0 ? 0 : line.at(-1).column + line.at(-1).width)))
  const top = margin + (title === undefined ? 0 : barHeight)
  const width = Math.ceil(used * characterWidth + 2 * margin)
  const height = Math.ceil(top + lines.length * lineHeight + margin)
  const bar =
    title === undefined
      ? []
      : [
          `<path d="M0 ${barHeight}V8a8 8 0 0 1 8-8H${width - 8}a8 8 0 0 1 8 8V${barHeight}z" fill="${theme.bar}"/>`,
          `<text x="${width / 2}" y="20" text-anchor="middle" fill="${theme.dim}">${escapeXml(title)}</text>`,
        ]
  const rows = lines.map((line, row) =>
    runsOf(line)
      .map((run) => runSvg(run, row, top, theme))
      .join(''),
  )
  const name = escapeXml(title ?? command ?? 'What a command printed')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${name}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${theme.back}" stroke="#8b949e" stroke-opacity="0.4"/>`,
    `<g font-family="${fonts}" font-size="${size}" fill="${theme.fore}">`,
    ...bar,
    ...rows.filter((row) => row !== ''),
    '</g>',
    '</svg>\n',
  ].join('\n')
}

function usage(message) {
  console.error(
    `${message}\nUsage: node scripts/terminal-picture.mjs FILE|- [OUT.svg] [--theme dark|light] [--columns N] [--title TEXT] [--command TEXT]`,
  )
  process.exit(2)
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    theme: { type: 'string', default: 'dark' },
    columns: { type: 'string', default: '120' },
    title: { type: 'string' },
    command: { type: 'string' },
  },
})
const [from, to] = positionals
const columns = Number(values.columns)
if (from === undefined) usage('Cannot draw as no file is named')
if (!Object.hasOwn(themes, values.theme)) usage(`Unknown theme "${values.theme}": use dark or light`)
if (!Number.isInteger(columns) || columns < 10)
  usage(`Wrong --columns "${values.columns}": wanted a whole number from 10`)
const printed = from === '-' ? await readAll(process.stdin) : readFileSync(from, 'utf8')
const svg = picture(printed, { ...values, columns })
if (to === undefined) process.stdout.write(svg)
else {
  mkdirSync(dirname(to), { recursive: true })
  writeFileSync(to, svg)
}
