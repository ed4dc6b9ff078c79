import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Tables of encodings, which few files need, and every command would load. */
export const iconvLite = (): typeof import('iconv-lite') => require('iconv-lite')

/** Frequent characters of encodings, which few files need as well. */
export const chardet = (): typeof import('chardet') => require('chardet')
