import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { faultyDriver } from '../test/rig/faulty-driver/faulty-driver.ts'

// Loses the card in the middle of a lesson that has stored a state, and fills its memory; after each the lesson is to go on to the
// bits of one that was left alone. Two lessons at once are to have them as well. Wants `node scripts/build.mjs`, SwiftShader and a C
// compiler; a quarter of an hour of one core.
//
//   node scripts/run-ts.mjs scripts/webgpu-faults.ts
const folder = mkdtempSync(join(tmpdir(), 'reteach-faults-'))
const driver = faultyDriver('/usr/lib/chromium/vk_swiftshader_icd.json', folder)
if (driver === undefined) throw new Error('Cannot build a driver that fails')
Object.assign(process.env, driver)
const { teachInChild } = (await import('../dist/train/child.js')) as typeof import('../src/train/child.ts')
const { trialRequest } = (await import(
  '../dist/execute/trial-lesson.js'
)) as typeof import('../src/execute/trial-lesson.ts')

const memory = join(folder, 'memory.jsonl')
const alone = await lesson('alone', { MEMORY_REPORT: memory })
if (typeof alone === 'string') throw new Error(`Cannot teach on SwiftShader: ${alone}`)
const used = JSON.parse(readFileSync(memory, 'utf8').split('\n')[0]!) as Record<
  'device' | 'submitted' | 'allocations',
  number
>
console.log(`left alone: ${alone.weightsSha256.slice(0, 16)}, ${JSON.stringify(used)}`)
const wrong: string[] = []
for (const part of [0.2, 0.6, 0.9]) {
  await fails(`lost-${part}`, { LOST_AFTER: String(Math.round(used.submitted * part)) })
  await fails(`full-${part}`, { FULL_AT: String(Math.round(used.allocations * part)) })
}
const both = await Promise.all([lesson('first', {}), lesson('second', {})])
same('two at once', both[0])
same('two at once', both[1])
rmSync(folder, { recursive: true })
for (const sentence of wrong) console.log(`Not right: ${sentence}`)
process.exitCode = wrong.length === 0 ? 0 : 1

/** Teaches with a fault, then goes on without it. */
async function fails(name: string, fault: Record<string, string>): Promise<void> {
  const said = await lesson(name, fault)
  const state = existsSync(join(folder, name, 'state/state.bin')) ? 'a state' : 'no state yet'
  console.log(`${name}: ${typeof said === 'string' ? said : 'went through'}; ${state}`)
  same(name, typeof said === 'string' ? await lesson(name, {}) : said)
}

function same(name: string, found: Awaited<ReturnType<typeof lesson>>): void {
  const bits = typeof found === 'string' ? found : found.weightsSha256
  if (bits !== (alone as { weightsSha256: string }).weightsSha256) wrong.push(`${name} ends with ${bits}`)
}

/** A small lesson that stores its state after each update. @returns why it failed, or what came of it */
async function lesson(name: string, environment: Record<string, string>) {
  mkdirSync(join(folder, name), { recursive: true })
  const request = await trialRequest(join(folder, name), { width: 64, rows: 16 })
  Object.assign(process.env, environment)
  const settings = { ...request.lesson, batch: 4, maxSource: 24, maxTarget: 8, device: 'webgpu' as const }
  const running = teachInChild({ ...request, lesson: settings, saveStateEverySeconds: 0 })
  for (const key of Object.keys(environment)) delete process.env[key]
  return await running.catch((error: Error) => error.message)
}
