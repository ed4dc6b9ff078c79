const focusable = ':is(a[href], button, input, select, textarea, summary, [tabindex="0"]):not(:disabled)'

/**
 * Changes what is in an element for a reader who may be at work in it: whatever had the focus has it afterwards, or what stands in
 * its place, and tables stay scrolled as they were.
 */
export function keepingPlace(host: HTMLElement, change: () => void): void {
  const before = [...host.querySelectorAll<HTMLElement>(focusable)]
  const at = before.indexOf(document.activeElement as HTMLElement)
  const scrolled = [...host.querySelectorAll('.scroll')].map((one) => [nameOf(one), one.scrollLeft] as const)
  const name = at < 0 ? '' : nameOf(before[at]!)
  change()
  for (const one of host.querySelectorAll('.scroll')) {
    const [, left] = scrolled.find(([known]) => known === nameOf(one)) ?? []
    if (left) one.scrollLeft = left
  }
  if (at < 0) return
  const after = [...host.querySelectorAll<HTMLElement>(focusable)]
  const same = after.find((one) => nameOf(one) === name) ?? after[Math.min(at, after.length - 1)]
  same?.focus({ preventScroll: true })
}

function nameOf(element: Element): string {
  const { tagName } = element
  const value = element instanceof HTMLInputElement ? element.value : ''
  return [
    tagName,
    element.getAttribute('aria-label') ?? element.closest('label')?.textContent ?? element.textContent,
    value,
  ].join()
}
