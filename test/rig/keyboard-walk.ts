import type { Page } from 'playwright-core'

/** What has the focus, as a page tells it. */
interface Focused {
  /** `button: Save`; empty where nothing has it. */
  readonly what: string
  readonly kind: string
  /** Whether it has been here before: the walk has come round. */
  readonly isKnown: boolean
  readonly isVisible: boolean
  /** What a key is to change. */
  readonly state: string
  /** The key that changes it; empty where it has but one state. */
  readonly key: string
}

/** A page whose controls come anew for ever ends the walk here. */
const mostSteps = 500

/** Runs in the page. */
const helpers = `(() => {
  const walk = (globalThis.walk = { known: new WeakSet(), clicks: 0, last: null })
  addEventListener('click', () => walk.clicks++, true)
  const kinds = { A: 'link', BUTTON: 'button', SUMMARY: 'summary', SELECT: 'select', TEXTAREA: 'text' }
  const kindOf = (one) => one.tagName !== 'INPUT' ? (kinds[one.tagName] ?? 'region')
    : one.type === 'range' || one.type === 'checkbox' ? one.type : 'text'
  const nameOf = (one) =>
    kindOf(one) + ': ' + (one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent).slice(0, 60)
  const states = {
    link: () => location.hash,
    button: () => walk.clicks,
    summary: (one) => one.parentElement.open,
    checkbox: (one) => one.checked,
    region: (one) => [one.scrollLeft, one.scrollTop],
  }
  const keys = {
    link: () => 'Enter',
    button: () => walk.clicks % 2 === 0 ? 'Enter' : 'Space',
    summary: () => 'Enter',
    checkbox: () => 'Space',
    text: () => 'a',
    range: (one) => one.value === one.min ? 'ArrowRight' : 'ArrowLeft',
    select: (one) => one.options.length < 2 ? '' : one.selectedIndex === one.options.length - 1 ? 'ArrowUp' : 'ArrowDown',
    region: (one) => one.scrollWidth > one.clientWidth + 1 ? 'ArrowRight' : one.scrollHeight > one.clientHeight + 1 ? 'ArrowDown' : '',
  }
  walk.begin = () => {
    walk.known = new WeakSet()
    walk.names = new Set()
    // Tab goes on from what had the focus last.
    walk.start = document.createElement('span')
    walk.start.tabIndex = -1
    document.body.prepend(walk.start)
    walk.start.focus()
  }
  walk.look = () => {
    const one = document.activeElement
    if (one === null || one === document.body) return { what: '', kind: 'none', isKnown: true, isVisible: true, state: '', key: '' }
    const kind = kindOf(one)
    const isKnown = walk.known.has(one)
    walk.known.add(one)
    walk.last = one
    const { outlineStyle, outlineWidth } = getComputedStyle(one)
    walk.names.add(nameOf(one))
    walk.start.remove()
    return {
      what: nameOf(one),
      kind,
      isKnown,
      isVisible: outlineStyle !== 'none' && parseFloat(outlineWidth) > 0,
      state: String((states[kind] ?? ((it) => it.value))(one)),
      key: keys[kind](one),
    }
  }
  walk.missed = (within) => [...document.querySelectorAll(within + ' :is(a[href], button, input, select, textarea, summary, [tabindex="0"])')]
    .filter((one) => !one.disabled && one.checkVisibility() && !walk.known.has(one))
    .map(nameOf)
    // A live page has made some anew since.
    .filter((name) => !walk.names.has(name))
})()`

/**
 * Walks a page by Tab alone from its beginning, and uses every control on the way by its keys.
 *
 * @param within where every control must have been met, as a selector
 * @returns how many were met by kind, and what is wrong: focus that is not seen or is lost, keys that change nothing, controls that
 *   Tab does not come to
 */
export async function walkByKeys(
  page: Page,
  within = 'body',
): Promise<{ met: Readonly<Record<string, number>>; wrong: string[] }> {
  await page.evaluate(helpers)
  const met: Record<string, number> = {}
  const wrong: string[] = []
  await round(page, async (focused) => {
    met[focused.kind] = (met[focused.kind] ?? 0) + 1
    if (!focused.isVisible) wrong.push(`${focused.what} has no visible focus`)
    wrong.push(...(await use(page, focused)))
  })
  // Keys have brought new controls into being, before and after those that they belong to.
  await round(page, async () => {})
  const missed = (await page.evaluate(`walk.missed(${JSON.stringify(within)})`)) as string[]
  return { met, wrong: [...wrong, ...missed.map((what) => `${what} is not met`)] }
}

/** From the beginning of the page until Tab comes round. */
async function round(page: Page, visit: (focused: Focused) => Promise<void>): Promise<void> {
  await page.evaluate('walk.begin()')
  for (let step = 0; step < mostSteps; step++) {
    await page.keyboard.press('Tab')
    const focused = await look(page)
    if (focused.isKnown) return
    await visit(focused)
  }
}

async function use(page: Page, { what, kind, key, state }: Focused): Promise<string[]> {
  // Twice the same link leads nowhere new.
  if (key === '' || (kind === 'link' && state === (await hrefOf(page)))) return []
  await page.keyboard.press(key)
  let after = await look(page)
  // Scrolling takes a frame or two.
  for (let turn = 0; turn < 50 && after.what !== '' && after.state === state; turn++) {
    await page.waitForTimeout(10)
    after = await look(page)
  }
  // What is shown then is made a moment later.
  if (kind === 'summary') await page.waitForTimeout(50)
  if (kind === 'text') await page.keyboard.press('Backspace')
  // A link within the page moves the place from which Tab goes on.
  if (kind === 'link') await page.evaluate('walk.last.focus()')
  if (after.what === '') return kind === 'link' ? [] : [`${what} loses the focus by ${key}`]
  return after.state === state ? [`${what} does nothing by ${key}`] : []
}

async function hrefOf(page: Page): Promise<string> {
  return String(await page.evaluate('document.activeElement.hash'))
}

async function look(page: Page): Promise<Focused> {
  return (await page.evaluate('walk.look()')) as Focused
}
