import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { faultyDriver } from '../rig/faulty-driver/faulty-driver.ts'
import { useSoftwareAdapter } from '../rig/software-adapter.ts'

const folder = mkdtempSync(join(tmpdir(), 'reteach-faults-'))
afterAll(() => rmSync(folder, { recursive: true }))
// Found before the system's, and no library.
writeFileSync(join(folder, 'libvulkan.so.1'), '')
const driver = useSoftwareAdapter() ? faultyDriver(process.env.VK_ICD_FILENAMES!, folder) : undefined

describe.skipIf(driver === undefined)('a graphics card that fails', { timeout: 120_000 }, () => {
  test.each<[string, Record<string, string>, string]>([
    ['is lost', { LOST_AFTER: '7' }, 'the graphics card was lost'],
    ['has little memory', { MOST_MEMORY: '90000000' }, 'the graphics card has not enough memory'],
    ['is not there', { VK_ICD_FILENAMES: join(folder, 'none.json') }, 'no adapter was found'],
    ['has no loader', { LD_LIBRARY_PATH: folder }, 'no adapter was found'],
  ])('%s', (_, fault, sentence) => {
    const args = ['scripts/run-ts.mjs', 'scripts/device-probe.ts']
    const env = { ...process.env, ...driver, ...fault }
    const { stdout, signal } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
    expect(signal).toBeNull()
    expect(stdout).toContain(sentence)
    expect(stdout.trim().split('\n')).toHaveLength(1)
  })
})
