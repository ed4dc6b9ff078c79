import { expect, it } from 'vitest'
import { started } from './open-page.ts'

const node = (script: string) => [process.execPath, '--eval', script] as const

it('started() tells of a program that is not there, and later of one that ends badly', async () => {
  expect(await started(['/no such browser'], () => {})).toBe(false)
  await new Promise<void>((resolve) => void started(node('process.exit(3)'), resolve))
})
