import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserPath, noBrowser, openBrowser } from '../rig/browser.ts'
import { runCli } from '../rig/cli.ts'
import { writePageStudy } from '../rig/page-study.ts'

if (browserPath === undefined) process.stderr.write(`The page of a report is not tested: ${noBrowser}\n`)

let folder: string
let report: string
let browser: Browser
let page: Page
const requests: string[] = []
const complaints: string[] = []

beforeAll(async () => {
  if (browserPath === undefined) return
  folder = mkdtempSync(join(tmpdir(), 'reteach-page-'))
  const study = await writePageStudy(folder)
  const { code, err } = await runCli(['report', study], { cwd: folder })
  expect(code, err).toBe(0)
  report = join(folder, '.reteach/report', /report\/([^/]+)\/report\.html/u.exec(err)![1]!)
  browser = await openBrowser()
  page = await browser.newPage({ acceptDownloads: true })
  page.on('request', (request) => requests.push(request.url()))
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(pathToFileURL(join(report, 'report.html')).href)
  await page.waitForSelector('html[data-ready]')
})
afterAll(async () => {
  await browser?.close()
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(browserPath === undefined)('report.html', () => {
  it('opens from the disk, asks for nothing else and complains of nothing', async () => {
    expect(requests.filter((url) => !url.startsWith('blob:'))).toHaveLength(1)
    expect(complaints).toEqual([])
    expect(await page.title()).toBe('a page </title><script>1</script> – reteach')
  })

  it('has every table with the numbers of tables.json', async () => {
    const tables = JSON.parse(readFileSync(join(report, 'tables.json'), 'utf8')) as {
      task: string
      rows: { chain: string; mean: Record<string, number> }[]
      columns: { name: string; best: number }[]
    }[]
    expect(tables.length).toBe(2)
    for (const [index, { task, rows, columns }] of tables.entries()) {
      const cells = await page
        .locator(`[data-table="table-${index + 1}-${task}"] table`)
        .first()
        .locator('tbody tr')
        .allInnerTexts()
      for (const [at, { mean }] of rows.entries()) {
        for (const { name, best } of columns) expect(cells[at]).toContain(mean[name]!.toFixed(best === 1 ? 4 : 2))
      }
    }
  })

  it('saves tables with the bytes of the files that the run has written', async () => {
    const names: string[] = []
    for (const button of await page.locator('[data-table] .buttons button').all()) {
      const [download] = await Promise.all([page.waitForEvent('download'), button.click()])
      const name = download.suggestedFilename()
      names.push(name)
      expect(readFileSync(await download.path()), name).toEqual(readFileSync(join(report, name)))
    }
    expect(names.filter((name) => name.endsWith('.tex'))).toHaveLength(2)
    expect(names).toHaveLength(10)
  })

  it('has nothing that axe calls serious', async () => {
    await page.evaluate(axe.source)
    const found = (await page.evaluate('axe.run(document)')) as {
      violations: { id: string; impact: string; nodes: { html: string }[] }[]
    }
    const serious = found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 200)}`)).toEqual([])
  })
})
