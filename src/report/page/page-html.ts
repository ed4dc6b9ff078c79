import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { deflateRawSync } from 'node:zlib'

/** What the page is built of: the bundle of src/page. */
export interface PageAssets {
  readonly script: string
  readonly style: string
}

/** Data that lies in the page by the id of its element. What is large is packed, and unpacked by the browser. */
export interface PageIslands {
  readonly first: unknown
  /** As {@link pack} gives it. */
  readonly packed: Readonly<Record<string, string>>
}

/** Stands in the head of every page, and of no other file. */
export const pageMark = '<meta name="generator" content="reteach">'

/** The bundle that the build has put beside this module. */
export function readPageAssets(): PageAssets {
  const read = (name: string): string => readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8')
  return { script: read('./page-bundle.js'), style: read('./page-bundle.css') }
}

/**
 * One file that opens from the disk and asks for nothing: style, first data, program, then what is large, so that a browser
 * shows the first screen before it has read the rest. Only the program and the style whose hashes stand at the top may act.
 *
 * @param connects whether it may ask the server that it comes from
 */
export function pageHtml(
  title: string,
  { script, style }: PageAssets,
  { first, packed }: PageIslands,
  connects = false,
): string {
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${sha256(script)}'`,
    `style-src 'sha256-${sha256(style)}'`,
    'img-src data:',
    ...(connects ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const islands = Object.entries(packed).map(
    ([id, value]) => `<script type="application/octet-stream" id="packed-${id}">${value}</script>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
${pageMark}
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<noscript>This page needs JavaScript to show its data. The same tables are in tables.md beside it.</noscript>
<script type="application/json" id="data-first">${jsonInHtml(first)}</script>
<script>${script}</script>
${islands.join('\n')}
</body>
</html>
`
}

/** JSON that ends no element: there is no `<` in it. */
function jsonInHtml(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
}

/** JSON, deflated, in letters of base64. */
export function pack(value: unknown): string {
  return deflateRawSync(JSON.stringify(value), { level: 9 }).toString('base64')
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}

function escapeHtml(text: string): string {
  return text
    .replace(/\p{Cc}/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
