import { hash } from 'node:crypto'

/** SHA-256 in hexadecimal, of a text its UTF-8's. */
export function sha256Of(content: string | Uint8Array): string {
  return hash('sha256', content, 'hex')
}
