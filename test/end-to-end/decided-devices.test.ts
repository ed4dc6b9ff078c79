import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { decidedDevice, keepDecidedDevice } from '../../src/study/store/decided-device.ts'
import { Store } from '../../src/study/store/store.ts'

const root = join(import.meta.dirname, '../..')

it('keepDecidedDevice() keeps what two processes decide for studies of their own at the same time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-devices-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const script = `
    import { keepDecidedDevice } from '${join(root, 'dist/study/store/decided-device.js')}'
    import { Store } from '${join(root, 'dist/study/store/store.js')}'
    const [folder, mark, begin] = process.argv.slice(1)
    while (Date.now() < Number(begin)) {}
    const device = { device: 'webgpu', forAll: true, why: 'it was asked for' }
    for (let n = 0; n < 40; n++) keepDecidedDevice(new Store(folder), { name: mark + n, device })
  `
  const begin = String(Date.now() + 1500)
  const children = ['a', 'b'].map((mark) =>
    spawn(process.execPath, ['--input-type=module', '-e', script, folder, mark, begin], { stdio: 'inherit' }),
  )
  expect(await Promise.all(children.map((child) => once(child, 'exit')))).toEqual([
    [0, null],
    [0, null],
  ])
  const store = new Store(folder)
  keepDecidedDevice(store, { name: 'c', device: { device: 'cpu', forAll: false, why: 'it is there' } })
  const names = ['a', 'b'].flatMap((mark) => Array.from({ length: 40 }, (_, n) => `${mark}${n}`))
  expect([...names, 'c'].filter((name) => decidedDevice(store, name) === undefined)).toEqual([])
  expect(existsSync(`${store.devicesFile}.lock`)).toBe(false)
})
