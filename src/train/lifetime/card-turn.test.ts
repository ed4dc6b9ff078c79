import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { takeLock } from '../../base/lock.ts'
import { inCardTurn } from './card-turn.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'card-turn-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

it('inCardTurn() waits for whoever computes on the card, says so once, and gives its turn back', async () => {
  const file = join(folder, 'card.lock')
  const other = takeLock(file)
  const said: string[] = []
  const turn = { file, everyMs: 1, onWait: (sentence: string) => void said.push(sentence) }
  // Asked again and again while it waits: the third time the other one ends.
  let asked = 0
  const shouldStop = (): boolean => {
    asked += 1
    if (asked === 3 && 'release' in other) other.release()
    return false
  }
  const found = await inCardTurn(async () => 'holder' in takeLock(file), { ...turn, shouldStop })
  expect(found).toEqual({ result: true })
  expect(said).toEqual([`Waiting for process ${process.pid}, which computes on the graphics card`])
  expect('release' in takeLock(file)).toBe(true)
})

it('inCardTurn() does not work where it is stopped before its turn, and gives the turn back when the work fails', async () => {
  const file = join(folder, 'card.lock')
  const turn = { file, everyMs: 1, onWait: () => {}, shouldStop: () => true }
  const failing = async (): Promise<never> => {
    throw new Error('failed')
  }
  await expect(inCardTurn(failing, turn)).rejects.toThrow('failed')
  expect('release' in takeLock(file)).toBe(true)
  expect(await inCardTurn(failing, turn)).toBeUndefined()
})
