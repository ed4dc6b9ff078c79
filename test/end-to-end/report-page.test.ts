import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserPath, noBrowser, openBrowser } from '../rig/browser.ts'
import { runCli } from '../rig/cli.ts'
import { walkByKeys } from '../rig/keyboard-walk.ts'
import { writePageStudy } from '../rig/page-study.ts'

if (browserPath === undefined) process.stderr.write(`The page of a report is not tested: ${noBrowser}\n`)

let folder: string
let study: string
let report: string
let browser: Browser
let page: Page
const requests: string[] = []
const complaints: string[] = []

beforeAll(async () => {
  if (browserPath === undefined) return
  folder = mkdtempSync(join(tmpdir(), 'reteach-page-'))
  study = await writePageStudy(folder)
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

/** A table's lines with the folder of the test that each stands for, from the file that the run has written. */
function testsOf(
  index: number,
  task: string,
): { readonly chain: string; readonly seed: string; readonly folder: string }[] {
  const lines = readFileSync(join(report, `table-${index}-${task}.csv`), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
  return lines.flatMap((line) => {
    const [, chain, seed] = line.split(',')
    const key = /[0-9a-f]{64}/u.exec(line)?.[0]
    return key === undefined ? [] : [{ chain: chain!, seed: seed!, folder: join(report, '../../evaluate', key) }]
  })
}

/** By chain and seed, which test rows of a task are answered rightly, from the store's own files. */
function answersOf(task: string): Map<string, boolean[]> {
  const found = testsOf(1, task).map(({ chain, seed, folder }): [string, boolean[]] => {
    const rows = readFileSync(join(folder, 'predictions.jsonl'), 'utf8').trimEnd().split('\n')
    const rights = rows.map((row) => {
      const { prediction, reference } = JSON.parse(row) as Record<string, string>
      return prediction === reference
    })
    return [`${chain === 'base -> labels -> titles' ? 'labels <i>first</i>' : chain} ${seed}`, rights]
  })
  return new Map(found)
}

/** The mean over a chain's tests of what their scores.json holds. */
function meanScore(tests: readonly { readonly folder: string }[], metric: string, field: string): number {
  const values = tests.map(({ folder }) => {
    const { metrics } = JSON.parse(readFileSync(join(folder, 'scores.json'), 'utf8')) as {
      metrics: { name: string; scores: Record<string, number> }[]
    }
    return metrics.find(({ name }) => name === metric)!.scores[field]!
  })
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Every way for text in a page to act; gives those that did. */
const tryToAct = `(async () => {
  globalThis.done = []
  document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="done.push(1)"><a href="javascript:done.push(2)">a</a>')
  document.body.append(Object.assign(document.createElement('script'), { textContent: 'done.push(3)' }))
  document.querySelector('a[href^="javascript"]').click()
  await fetch('data:,x').then(() => done.push(4), () => undefined)
  await new Promise((resolve) => setTimeout(resolve, 50))
  return done
})()`

describe.skipIf(browserPath === undefined)('report.html', () => {
  it('opens from the disk, asks for nothing else and complains of nothing', async () => {
    expect(requests.filter((url) => !url.startsWith('blob:'))).toHaveLength(1)
    expect(complaints).toEqual([])
    expect(await page.title()).toBe('a page </title><script>1</script> – reteach')
  })

  it('lets no script act but its own, and nothing be fetched', async () => {
    const tab = await browser.newPage()
    await tab.goto(pathToFileURL(join(report, 'report.html')).href)
    await tab.waitForSelector('html[data-ready]')
    expect(await tab.evaluate(tryToAct)).toEqual([])
    await tab.close()
  })

  it('is the same bytes from the same store wherever it is written, and is not written with --text', async () => {
    const written = readFileSync(join(report, 'report.html'))
    rmSync(join(report, 'report.html'))
    const args = ['report', join(folder, 'study.yaml')]
    const text = await runCli([...args, '--text'], { cwd: folder })
    expect([text.code, text.out.includes('Which start to take')]).toEqual([0, true])
    expect(existsSync(join(report, 'report.html'))).toBe(false)
    expect((await runCli([...args, '--out', 'elsewhere/page.html'], { cwd: folder })).code).toBe(0)
    expect(readFileSync(join(folder, 'elsewhere/page.html')).equals(written)).toBe(true)
  })

  it('has every table with the numbers of scores.json', async () => {
    const tables = JSON.parse(readFileSync(join(report, 'tables.json'), 'utf8')) as {
      task: string
      rows: { chain: string }[]
      columns: { metric: string; field: string; best: number }[]
    }[]
    expect(tables.length).toBe(2)
    for (const [index, { task, rows, columns }] of tables.entries()) {
      const cells = await page
        .locator(`[data-table="table-${index + 1}-${task}"] table`)
        .first()
        .locator('tbody tr')
        .allInnerTexts()
      const tests = testsOf(index + 1, task)
      for (const [at, { chain }] of rows.entries()) {
        const own = tests.filter((test) => test.chain === chain)
        expect(own.length, chain).toBeGreaterThan(0)
        for (const { metric, field, best } of columns) {
          expect(cells[at]).toContain(meanScore(own, metric, field).toFixed(best === 1 ? 4 : 2))
        }
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

  it('says each answer as recommend does, and the matrix of transfer with its numbers', async () => {
    const { recommendations, transfer } = JSON.parse(readFileSync(join(report, 'conclusions.json'), 'utf8')) as {
      recommendations: { sentences: string[] }[]
      transfer: { rows: { cells: ({ score: { mean: number } } | null)[] }[] }
    }
    const told = await page.locator('#answers .answer .told').allInnerTexts()
    expect(told).toEqual(recommendations.map(({ sentences }) => sentences[0]))
    const cells = await page.locator('#answers .heat tbody tr').allInnerTexts()
    expect(cells).toHaveLength(transfer.rows.length)
    for (const [at, row] of transfer.rows.entries()) {
      for (const cell of row.cells) if (cell !== null) expect(cells[at]).toContain(String(cell.score.mean.toFixed(4)))
    }
  })

  it('shows the rows of a filter, as many as the answers have, and every text as text', async () => {
    const rights = answersOf('titles')
    const [taught, fresh] = ['labels <i>first</i>', 'base -> titles'].map((chain) => rights.get(`${chain} 1`)!)
    const only = taught!.filter((right, at) => right && !fresh![at]).length
    const button = page.getByRole('button', {
      name: `${only} rows where labels <i>first</i> is right and base -> titles is wrong`,
    })
    await button.click()
    const status = page.locator('#examples [role=status]')
    expect(await status.textContent()).toBe(`${only} of ${taught!.length} rows`)
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.getByLabel('Search').fill('ONLOAD')
    expect(await status.textContent()).toMatch(/^[1-9]\d? of/u)
    expect(await page.locator('#examples .rows').textContent()).toContain('<svg onload=document.title="taken"></svg>')
    await page.getByLabel('Search').fill('')
    await page.locator('#examples label', { hasText: /^Seed/u }).locator('select').selectOption({ label: 'all' })
    await page.getByLabel('Test rows of').selectOption({ index: 1 })
    expect(await page.locator('#examples .chip.label').first().isVisible()).toBe(true)
    expect(await page.locator('script').count()).toBe(5)
    expect(await page.locator('#main :is(img, iframe, b, svg[onload])').count()).toBe(0)
    expect(await page.title()).toContain('</title>')
  })

  it('draws every figure, with values that follow the keys and arms that can be seen alone', async () => {
    const figure = page.locator('[data-figure]').filter({ hasText: 'Loss on titles' })
    await figure.scrollIntoViewIfNeeded()
    await figure.locator('canvas').waitFor()
    const slider = figure.getByLabel('Place on the axis')
    await slider.focus()
    await slider.press('Home')
    // The rig's losses: half above the validation losses, ten updates each.
    expect(await figure.locator('.legend').textContent()).toContain('4.500')
    expect(await slider.getAttribute('aria-valuetext')).toContain('At 1 update: base → titles 4.500')
    for (const axis of ['tokens', 'epochs', 'minutes']) {
      await figure.getByLabel('Over').selectOption(axis)
      expect(await figure.locator('.chart canvas').count()).toBe(1)
    }
    // The slider stays where it is, and so does what it tells.
    await figure.getByLabel('Scale').selectOption('log')
    expect(await slider.inputValue()).toBe('0')
    expect(await slider.getAttribute('aria-valuetext')).toMatch(/^At \S+ minutes: base → titles 4\.500/u)
    const alone = figure.locator('.legend button').first()
    await alone.press('Enter')
    expect(await alone.getAttribute('aria-pressed')).toBe('true')
    expect(await figure.locator('.chart').getAttribute('aria-label')).toBe('Loss on titles: base → titles')
    for (const card of await page.locator('[data-figure]').all()) {
      await card.scrollIntoViewIfNeeded()
      await card.locator('.figure-body > *').first().waitFor()
    }
    expect(complaints).toEqual([])
  })

  it('can be walked through by keys alone: every control is met, is seen to have the focus, keeps it, and does something', async () => {
    const { met, wrong } = await walkByKeys(page)
    expect(wrong).toEqual([])
    const kinds = ['link', 'button', 'summary', 'select', 'range', 'text', 'region']
    expect(Object.keys(met).toSorted()).toEqual(kinds.toSorted())
    expect(complaints).toEqual([])
  }, 120_000)

  it('opens on paper what the answers rest on and what the numbers of tables are, and closes it again', async () => {
    const open = async (): Promise<number> => page.locator(':is(#answers, #tables) details[open]').count()
    await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = false`)
    const all = await page.locator(':is(#answers, #tables) details').count()
    await page.evaluate(`dispatchEvent(new Event('beforeprint'))`)
    expect([all > 1, await open()]).toEqual([true, all])
    await page.evaluate(`dispatchEvent(new Event('afterprint'))`)
    expect(await open()).toBe(0)
  })

  it('fits a narrow screen', async () => {
    await page.setViewportSize({ width: 360, height: 800 })
    // Names may be wider than the screen, without a place to break them.
    const lengthen = `for (const one of document.querySelectorAll('select option:first-child, .legend span, .node strong, p:not(.chips, .buttons)')) one.append('${'n'.repeat(150)}')`
    await page.evaluate(lengthen)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    await page.setViewportSize({ width: 1280, height: 800 })
  })

  it('says of a study of which nothing is finished that nothing is, without empty charts and tables, also on a narrow screen', async () => {
    const out = join(folder, 'none.html')
    const { code, err } = await runCli(['report', study, '--store', join(folder, 'none'), '--out', out], {
      cwd: folder,
    })
    expect(code, err).toBe(0)
    const empty = await browser.newPage({ viewport: { width: 360, height: 800 } })
    await empty.goto(pathToFileURL(out).href)
    await empty.waitForSelector('html[data-ready]')
    const lessons = empty.locator('[data-figure]', { hasText: 'No lesson of this figure is finished yet.' })
    await lessons.first().scrollIntoViewIfNeeded()
    await empty.getByText('No rows are prepared yet.').waitFor()
    expect(await empty.locator('.chart, table:not(:has(tbody tr)), #answers table').count()).toBe(0)
    expect(await empty.evaluate('document.documentElement.scrollWidth')).toBe(360)
    await empty.close()
  })

  it.each(['light', 'dark'] as const)('has nothing that axe calls serious in %s colours', async (colorScheme) => {
    await page.emulateMedia({ colorScheme })
    await page.evaluate(axe.source)
    const found = (await page.evaluate('axe.run(document)')) as {
      violations: { id: string; impact: string; nodes: { html: string }[] }[]
    }
    const serious = found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 200)}`)).toEqual([])
  })
})
