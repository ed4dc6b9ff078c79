import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../rig/cli.ts'
import { hostileTexts } from '../rig/hostile-texts.ts'

const obeyed = /[^\P{C}\n\t\p{Co}\p{Cn}]/u
const rows = hostileTexts.map((text, i) => ({ id: i, text, label: hostileTexts[(i * 5) % hostileTexts.length] }))

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-hostile-'))
  writeFileSync(join(folder, 'rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  const task = {
    data: { file: 'rows.jsonl', split: { train: 0.6, validation: 0.2, test: 0.2 } },
    source: 'text',
    target: 'label',
    teach: { epochs: 1 },
  }
  const study = {
    study: 's',
    starts: { '\u001b[31m': { path: 'x' }, t: { path: '\u0007' } },
    tasks: { a: task },
    chains: ['t -> a'],
  }
  writeFileSync(join(folder, 'study.yaml'), JSON.stringify(study))
  writeFileSync(join(folder, 'sound.yaml'), JSON.stringify({ ...study, starts: { t: { path: 'x' } } }))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('what people see does nothing to their terminal', () => {
  test.each([
    ['rows', 'rows.jsonl'],
    ['rows', 'rows.jsonl', '--where', 'te\u001b]0;x\u0007xt = 1'],
    ['rows', 'no\u001b[2Jfile.csv'],
    ['data', 'sound.yaml', '--all'],
    ['plan', 'study.yaml', '--no-measure'],
    ['no\u001b[31mcommand'],
  ])('%j %j', async (...args) => {
    const { out, err } = await runCli(args, { cwd: folder, env: { FORCE_COLOR: '' } })
    expect(out + err).not.toMatch(obeyed)
    expect((out + err).length).toBeGreaterThan(20)
  })

  test('and JSON keeps every character', async () => {
    const { out } = await runCli(['rows', 'rows.jsonl', '--json'], { cwd: folder })
    expect(out).not.toMatch(obeyed)
    const parsed = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    expect(parsed).toEqual(rows)
  })
})
