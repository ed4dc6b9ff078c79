// Pictures of a report's page, screen by screen, light and dark, wide and narrow: `npm run shots -- [report.html] [--readme]`, by
// default of the demo's report. They are written to shots/, which git ignores; with --readme the README's two go to docs/.
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const args = process.argv.slice(2)
const page = resolve(args.find((arg) => !arg.startsWith('--')) ?? '.reteach/report/miniature/report.html')
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium'].find(
  (path) => path !== undefined && existsSync(path),
)
if (executablePath === undefined) throw new Error('No browser here: install Chromium, or name one in CHROMIUM')
if (!existsSync(page)) throw new Error(`No report at "${page}": run "npm run demo", or name one`)

const screens = ['answers', 'tables', 'figures', 'examples', 'how']
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })

if (args.includes('--readme')) await readmePictures()
else {
  mkdirSync('shots', { recursive: true })
  for (const width of [1280, 360]) for (const scheme of ['light', 'dark']) await allScreens(width, scheme)
  await printed()
}
await browser.close()

async function open(width, colorScheme, height = 900) {
  const tab = await browser.newPage({ viewport: { width, height }, colorScheme })
  await tab.goto(pathToFileURL(page).href)
  await tab.waitForSelector('html[data-ready]')
  // A bar that stays at the top would stand in the middle of what is longer than a screen.
  await tab.locator('header.top').evaluate((bar) => {
    bar.style.position = 'static'
  })
  return tab
}

async function allScreens(width, scheme) {
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

async function printed() {
  const tab = await open(1280, 'dark')
  await tab.pdf({ path: join('shots', 'printed.pdf'), format: 'A4' })
  console.log(join('shots', 'printed.pdf'))
  await tab.close()
}

/** Two screens, small enough for a README. */
async function readmePictures() {
  const tab = await open(1200, 'light', 760)
  await save(tab, 'docs/report-answers.png')
  const figure = tab.locator('#figures [data-figure*="loss"]').first()
  await figure.scrollIntoViewIfNeeded()
  await tab.waitForTimeout(500)
  await save(figure, 'docs/report-figure.png')
}

async function save(what, path) {
  await what.screenshot({ path })
  console.log(`${path}: ${Math.round(statSync(path).size / 1000)} kB`)
}
