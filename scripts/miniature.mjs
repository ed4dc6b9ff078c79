// Writes the miniature world's files anew: node scripts/miniature.mjs
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const folder = new URL('../examples/miniature/', import.meta.url)
const { module } = await runnerImport(fileURLToPath(new URL('generate.ts', folder)), {
  configFile: false,
  logLevel: 'error',
})
mkdirSync(new URL('data/', folder), { recursive: true })
for (const [name, content] of module.miniatureFiles(42)) writeFileSync(new URL(`data/${name}`, folder), content)
