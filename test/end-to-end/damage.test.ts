import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runStudy } from '../../src/execute/run-study.ts'
import { conclude } from '../../src/report/conclusions/conclusions.ts'
import { studyFigures } from '../../src/report/figures/study-figures.ts'
import { studyResults } from '../../src/report/results/study-results.ts'
import { taskTables } from '../../src/report/tables/task-table.ts'
import type { Plan } from '../../src/study/plan/plan.ts'
import { damageNotes, takeStock } from '../../src/study/run/damage.ts'
import { collectGarbage } from '../../src/study/run/garbage.ts'
import { verifyStore } from '../../src/study/run/verify-store.ts'
import { Store } from '../../src/study/store/store.ts'
import { damageCount, damageStore, storeContent } from '../rig/damage-store.ts'
import { fakeRunners, planFile, writeFakeStudy } from '../rig/fake-study.ts'

let folder: string
let plan: Plan
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-damage-'))
  plan = await planFile(writeFakeStudy(folder))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const place = (): string => join(folder, 'store')
const open = (): Store => new Store(place())

/** Runs what is not finished or damaged, as another process would. @returns what it was told */
async function run(log: string[] = []): Promise<string[]> {
  const told: string[] = []
  const store = open()
  takeStock(plan, store, (sentence) => told.push(sentence))
  const observer = { onNotice: (_: unknown, sentence: string) => void told.push(sentence) }
  const report = await runStudy(plan, { store, runners: fakeRunners(log), program: 'test', observer, pollMs: 20 })
  if (report.failed.length > 0) throw new Error(report.failed[0]!.reason)
  await taskTables(plan, store, studyResults(plan, store))
  return told
}

const findings = (): string[] => verifyStore(open(), () => {}).findings.map(({ path }) => path)

describe('a damaged store', () => {
  it('is found out, whatever has befallen which of its files, and is what it was after the next run', async () => {
    await run()
    expect(findings()).toEqual([])
    const content = storeContent(place())
    const count = damageCount(place())
    expect(count).toBeGreaterThan(200)
    for (let seed = 3; seed < count; seed += 7) {
      const { what, path } = damageStore(place(), seed)
      const [kind, key] = path.split('/')
      const isStep = ['prepare', 'teach', 'evaluate'].includes(kind!)
      // What was worked out from the steps is worked out anew at the latest when it is needed.
      const found = findings()
      if (isStep) expect(found, what).toContain(`${kind}/${key}`)
      const told = await run()
      if (isStep) expect(told.join(), what).toContain('damaged-')
      expect(storeContent(place()), what).toEqual(content)
    }
    // What nothing has needed since is still damaged.
    collectGarbage(open(), { plans: [], dryRun: false })
    expect(findings().filter((path) => path.includes('/'))).toEqual([])
    expect(verifyStore(open(), () => {}).setAside.length).toBeGreaterThan(10)
  })

  it('is told of by what only reads, which shows the rest', async () => {
    await run()
    const [first, second] = plan.chains.map(({ evaluations }) => evaluations[0]!.key)
    const path = join(open().folderOf('evaluate', first!), 'scores.json')
    writeFileSync(path, readFileSync(path, 'utf8').replace(/\d(?=\.\d)/u, '9'))
    const store = open()
    expect(damageNotes(plan, store)).toEqual([
      expect.stringMatching(
        /^"evaluate base -> a2t, seed 1 on a2t" does not count.*scores\.json is not what was written/u,
      ),
    ])
    expect(() => store.scores(first!)).toThrow('is not what was written')
    expect(store.scores(second!)).toBeDefined()
    const tables = await taskTables(plan, store, studyResults(plan, store))
    expect(JSON.stringify(tables)).toContain('scores.json is not what was written')
    expect(tables.map(({ task }) => task)).toEqual(['a2t', 'res'])
  })

  it('is reported without a lesson whose seal or record is damaged, for all the rest', async () => {
    await run()
    const [chain] = plan.chains
    for (const name of ['done.json', 'step.json']) {
      const path = join(open().folderOf('teach', chain!.teach[0]!), name)
      const text = readFileSync(path, 'utf8')
      writeFileSync(path, text.replace(/\d/u, 'x'))
      const results = studyResults(plan, open())
      const tables = await taskTables(plan, results.store, results)
      expect(tables.map(({ task, rows }) => [task, rows.map(({ seeds }) => seeds.length)])).toEqual([
        ['a2t', [0, 1]],
        ['res', [1]],
      ])
      const { costs } = await conclude(plan, results.store, results)
      expect(costs.map(({ chain }) => chain)).toEqual(['base -> res -> a2t', 'base -> res'])
      expect(await studyFigures(results)).toBeDefined()
      writeFileSync(path, text)
    }
  })

  it('is read no further: what was damaged after the run began is done anew before it is read', async () => {
    await run()
    const [taught] = plan.chains[1]!.teach
    const last = plan.chains[2]!.teach[1]!
    rmSync(open().folderOf('teach', last), { recursive: true })
    const store = open()
    expect(store.isDone('teach', taught!)).toBe(true)
    writeFileSync(join(store.folderOf('teach', taught!), 'model.safetensors'), 'x'.repeat(64))
    const log: string[] = []
    const report = await runStudy(plan, { store, runners: fakeRunners(log), program: 'test', pollMs: 20 })
    expect(report.finished.map(({ label }) => label)).toEqual([
      'teach base -> res, seed 1',
      'teach base -> res -> a2t, seed 1',
    ])
    expect(log).toEqual(['teach labels: from scratch', 'teach title: from a checkpoint'])
  })

  it('keeps a lesson whose weights were removed on purpose', async () => {
    await run()
    const weights = 'none' as const
    expect(collectGarbage(open(), { plans: [plan], weights, dryRun: false })).toHaveLength(3)
    expect(findings()).toEqual([])
    const log: string[] = []
    expect(await run(log)).toEqual([])
    expect(log).toEqual([])
    const marker = join(open().folderOf('teach', plan.chains[0]!.teach[0]!), 'weights-removed.json')
    writeFileSync(marker, '{"removed":[]}')
    expect(findings()).toHaveLength(1)
  })

  it('is not a store from before files were sealed, which is told of once and sealed', async () => {
    await run()
    for (const kind of ['prepare', 'teach', 'evaluate'] as const) {
      for (const key of open().keys(kind)) {
        const path = join(open().folderOf(kind, key), 'step.json')
        const { sealed: _, ...record } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, object>
        if (kind === 'teach') record.result = { ...record.result, weightsSha256: 'none' }
        writeFileSync(path, JSON.stringify(record))
        writeFileSync(join(path, '../done.json'), JSON.stringify({ key, finished: '2026-01-01' }))
      }
    }
    cpSync(place(), join(folder, 'copy'), { recursive: true })
    const log: string[] = []
    expect(await run(log)).toEqual([expect.stringMatching(/^8 steps were finished before files were sealed/u)])
    expect(await run(log)).toEqual([])
    expect(log).toEqual([])
    const { sealed, findings: found } = verifyStore(new Store(join(folder, 'copy')), () => {})
    expect([sealed, found]).toEqual([8, []])
    expect(verifyStore(new Store(join(folder, 'copy')), () => {}).sealed).toBe(0)
  })

  it('remembers what it has read, and does not believe a memory that is another file or of another time', async () => {
    await run()
    await new Promise((resolve) => setTimeout(resolve, 60))
    const store = open()
    takeStock(plan, store, () => {})
    store.saveKnown()
    const memory = store.knownStepsFile
    expect(existsSync(memory)).toBe(true)
    cpSync(place(), join(folder, 'copy'), { recursive: true, preserveTimestamps: true })
    const copy = new Store(join(folder, 'copy'))
    const [lesson] = readdirSync(join(folder, 'copy/teach'))
    const path = join(folder, 'copy/teach', lesson!, 'model.safetensors')
    writeFileSync(path, 'y'.repeat(64))
    expect(copy.isDone('teach', lesson as never)).toBe(false)
  })
})
