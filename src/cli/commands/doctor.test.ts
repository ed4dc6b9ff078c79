import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCommand } from '../../../test/rig/run-command.ts'
import { addDoctorCommand } from './doctor.ts'

/** Laid out as onnxruntime-node, under a folder of its own: npm puts it beside this package or within it. */
let runtime: string
const here = `bin/napi-v6/${process.platform}/${process.arch}`
const library = (path: string) => join(runtime, path)
beforeEach(() => {
  runtime = join(mkdtempSync(join(tmpdir(), 'doctor-')), 'node_modules/onnxruntime-node')
  const sizes = { [`${here}/own.node`]: 1e6, 'bin/napi-v6/plan9/mips/a.dll': 2e6, 'bin/napi-v6/plan9/vax/b.dll': 5e5 }
  for (const [path, size] of Object.entries(sizes)) {
    mkdirSync(dirname(library(path)), { recursive: true })
    writeFileSync(library(path), new Uint8Array(size))
  }
})
afterEach(() => {
  rmSync(dirname(dirname(runtime)), { recursive: true, force: true })
})

async function prune(answer: boolean | undefined, ...args: string[]): Promise<string> {
  const ask = async () => answer
  const add = (program: Parameters<typeof addDoctorCommand>[0]) => addDoctorCommand(program, { runtime, ask })
  return (await runCommand(add, ['doctor', '--prune', ...args])).out
}

const sizes = 'plan9-mips     2.0 MB\nplan9-vax      500.0 kB\n'
const freed = '2.5 MB freed, until onnxruntime-node is installed anew, as by npm ci\n'

describe('reteach doctor --prune', () => {
  it.each([
    ['when the answer is yes', true, []],
    ['unasked with --yes', undefined, ['--yes']],
  ])("removes other systems' libraries %s, and then finds none", async (_, answer, args) => {
    expect(await prune(answer, ...args)).toBe(sizes + freed)
    expect(existsSync(library(`${here}/own.node`))).toBe(true)
    expect(existsSync(library('bin/napi-v6/plan9/mips'))).toBe(false)
    expect(await prune(undefined)).toBe('No libraries of other systems are there\n')
  })

  it('removes nothing when the answer is no', async () => {
    expect(await prune(false)).toBe(`${sizes}Nothing removed\n`)
    expect(existsSync(library('bin/napi-v6/plan9/mips/a.dll'))).toBe(true)
  })

  it('removes nothing where nobody can be asked, and says what to add', async () => {
    await expect(prune(undefined)).rejects.toThrow(
      'Cannot ask whether to remove 2.5 MB as this is no terminal: add --yes',
    )
    expect(existsSync(library('bin/napi-v6/plan9/mips/a.dll'))).toBe(true)
  })

  it('tells as JSON what it removed', async () => {
    const { bytes, removed } = JSON.parse(await prune(undefined, '--yes', '--json'))
    expect(bytes).toBe(2.5e6)
    expect(removed[0]).toEqual({ system: 'plan9-mips', folder: library('bin/napi-v6/plan9/mips'), bytes: 2e6 })
  })

  it('tells as JSON that it removed nothing', async () => {
    expect(JSON.parse(await prune(false, '--json'))).toEqual({ bytes: 0, removed: [] })
  })

  it('follows no link out of the package', async () => {
    const outside = join(dirname(runtime), 'outside')
    mkdirSync(outside)
    symlinkSync(outside, library('bin/napi-v6/plan9/linked'))
    expect(await prune(true)).toBe(sizes + freed)
    expect(existsSync(outside)).toBe(true)
  })

  it("refuses where this system's own library is not found", async () => {
    rmSync(library(here), { recursive: true })
    await expect(prune(true)).rejects.toThrow(`as there is none of ${process.platform}-${process.arch}`)
    expect(existsSync(library('bin/napi-v6/plan9/mips/a.dll'))).toBe(true)
  })

  // The superuser may write anywhere.
  it.skipIf(process.getuid?.() === 0)('says in a sentence that a folder is read-only', async () => {
    chmodSync(library('bin/napi-v6/plan9/mips'), 0o555)
    await expect(prune(true)).rejects.toThrow(/^Cannot remove ".*mips" as this user may not write there/u)
    chmodSync(library('bin/napi-v6/plan9/mips'), 0o755)
  })
})
