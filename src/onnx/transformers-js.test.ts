import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { browserAnswers } from './transformers-js.ts'

/** Stands for transformers.js at work: says who it is and does not come back. */
const busy = `import { writeFileSync } from 'node:fs'
const never = () => new Promise(() => {
  writeFileSync(new URL('pid', import.meta.url), String(process.pid))
  setInterval(() => {}, 1000)
})
export const env = {}
export const AutoTokenizer = { from_pretrained: never }
export const AutoModelForSeq2SeqLM = { from_pretrained: never }
`

test('browserAnswers() ends the process of transformers.js, however busy it is, when it is to stop', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-tjs-'))
  try {
    const [program, pid] = [join(folder, 'busy.mjs'), join(folder, 'pid')]
    writeFileSync(program, busy)
    const stop = new AbortController()
    const request = { folder, kind: 'fp32', sources: ['a'], maxNewTokens: 1, signal: stop.signal } as const
    const answers = browserAnswers(program, request)
    const ended = expect(answers).rejects.toThrow('enough')
    while (!existsSync(pid) || readFileSync(pid, 'utf8') === '') await sleep(10)
    stop.abort(new Error('enough'))
    await ended
    expect(() => process.kill(Number(readFileSync(pid, 'utf8')), 0)).toThrow('ESRCH')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
