import { el, fill } from './dom.ts'

const themes = ['auto', 'light', 'dark'] as const
type Theme = (typeof themes)[number]

const names: Readonly<Record<Theme, string>> = {
  auto: 'Colours: as the system',
  light: 'Colours: light',
  dark: 'Colours: dark',
}
const listeners = new Set<() => void>()

/** A button that goes from the system's colours to light ones and dark ones. */
export function themeButton(): HTMLElement {
  let theme: Theme = 'auto'
  const button = el('button', { type: 'button', class: 'theme', onclick: next }, names[theme])
  function next(): void {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length]!
    fill(button, names[theme])
    if (theme === 'auto') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
    tell()
  }
  for (const query of ['(prefers-color-scheme: dark)', 'print']) matchMedia(query).addEventListener('change', tell)
  addEventListener('beforeprint', tell)
  addEventListener('afterprint', tell)
  return button
}

/** Calls back whenever colours have changed: what is drawn on a canvas is drawn anew. */
export function onColours(listener: () => void): void {
  listeners.add(listener)
}

function tell(): void {
  for (const listener of listeners) listener()
}

/** A colour of the style sheet as a canvas reads it. */
export function colourOf(name: string): string {
  const probe = el('span')
  probe.style.color = `var(--${name})`
  document.body.append(probe)
  const colour = getComputedStyle(probe).color
  probe.remove()
  return colour
}
