import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Fault } from './fault.ts'
import { readAllJsonLines, writeJsonLines } from './json-lines.ts'

const folder = mkdtempSync(join(tmpdir(), 'reteach-json-lines-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'rows.jsonl')

test('what writeJsonLines() writes is what readAllJsonLines() reads', async () => {
  const rows = Array.from({ length: 5000 }, (_, i) => ({ i, text: `é\u2028\n${i}` }))
  await writeJsonLines(path, rows)
  expect(await readAllJsonLines(path)).toEqual(rows)
})

test('readAllJsonLines() names file and line of what is no JSON, and a file that is not there', async () => {
  writeFileSync(path, '{}\n\n{"a": }\n')
  const read = readAllJsonLines(path)
  await expect(read).rejects.toThrow(Fault)
  await expect(read).rejects.toThrow(`Cannot read "${path}" in line 3: `)
  const missing = join(folder, 'none.jsonl')
  await expect(readAllJsonLines(missing)).rejects.toThrow(`Cannot read "${missing}" as there is no such file`)
})
