// Pictures of a study's page, screen by screen, light and dark, wide and narrow: of the report, then of the live page, while the
// study goes on with some of its steps taken away. `npm run shots -- [folder of the report] [--report | --live | --readme]`, by
// default of the demo's; they are written to shots/, which git ignores; with --readme the README's two go to docs/.
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Locator, Page } from 'playwright-core'
import { openBrowser } from '../test/rig/browser.ts'
import { liveShots } from './live-shots.ts'

const args = process.argv.slice(2)
const folder = resolve(args.find((arg) => !arg.startsWith('--')) ?? '.reteach/report/miniature')
const report = join(folder, 'report.html')
if (!existsSync(report)) throw new Error(`No report at "${report}": run "npm run demo", or name a report's folder`)

const looks = [1280, 360].flatMap((width) => (['light', 'dark'] as const).map((scheme) => ({ width, scheme })))
const screens = ['answers', 'tables', 'figures', 'examples', 'how']
const browser = await openBrowser()

if (args.includes('--readme')) await readmePictures()
else {
  mkdirSync('shots', { recursive: true })
  if (!args.includes('--live')) {
    for (const { width, scheme } of looks) await allScreens(width, scheme)
    await printed()
  }
  if (!args.includes('--report')) await liveShots(browser, join(folder, '../..'), looks)
}
await browser.close()

async function open(width: number, colorScheme: 'light' | 'dark', height = 900): Promise<Page> {
  const tab = await browser.newPage({ viewport: { width, height }, colorScheme })
  await tab.goto(pathToFileURL(report).href)
  await tab.waitForSelector('html[data-ready]')
  // A bar that stays at the top would stand in the middle of what is longer than a screen.
  await tab.evaluate("document.querySelector('header.top').style.position = 'static'")
  return tab
}

async function allScreens(width: number, scheme: 'light' | 'dark'): Promise<void> {
  const tab = await open(width, scheme)
  for (const screen of screens) {
    const part = tab.locator(`#${screen}`)
    // Figures are drawn when they are about to be seen.
    for (const card of await part.locator('article').all()) await card.scrollIntoViewIfNeeded()
    await tab.waitForTimeout(300)
    const path = join('shots', `${screen}-${width}-${scheme}.png`)
    await part.screenshot({ path })
    console.log(path)
  }
  await tab.close()
}

async function printed(): Promise<void> {
  const tab = await open(1280, 'dark')
  await tab.pdf({ path: join('shots', 'printed.pdf'), format: 'A4' })
  console.log(join('shots', 'printed.pdf'))
  await tab.close()
}

/** Two screens, small enough for a README. */
async function readmePictures(): Promise<void> {
  const tab = await open(1200, 'light', 760)
  await save(tab, 'docs/report-answers.png')
  // As high as the figure: what is below the window comes out empty.
  await tab.setViewportSize({ width: 1200, height: 1000 })
  const figure = tab.locator('#figures [data-figure*="loss"]').first()
  await figure.scrollIntoViewIfNeeded()
  await tab.waitForTimeout(500)
  await save(figure, 'docs/report-figure.png')
}

async function save(what: Page | Locator, path: string): Promise<void> {
  await what.screenshot({ path })
  console.log(`${path}: ${Math.round(statSync(path).size / 1000)} kB`)
}
