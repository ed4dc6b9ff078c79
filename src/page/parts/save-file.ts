import { el } from './dom.ts'

/** Hands a text to the browser as a file, byte for byte. */
export function saveFile(name: string, content: string): void {
  const address = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }))
  const link = el('a', { href: address, download: name })
  link.click()
  // The browser has taken the bytes by the time that the next task begins.
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
