import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { release, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { adapterInUse, softwareWarnings } from './adapter-in-use.ts'
import { type GraphicsSystem, graphicsFacts, nvidiaMemory } from './graphics-facts.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'graphics-'))
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

const on = (more: Partial<GraphicsSystem> = {}): GraphicsSystem => ({
  platform: 'linux',
  environment: {},
  root,
  ask: () => undefined,
  ...more,
})

function nvidia(): void {
  put(
    'proc/driver/nvidia/version',
    'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\n',
  )
  for (const [id, model] of [
    ['0000:17:00.0', 'NVIDIA L4'],
    ['0000:65:00.0', 'NVIDIA H100 80GB HBM3'],
  ]) {
    put(`proc/driver/nvidia/gpus/${id}/information`, `Model: \t\t ${model}\nIRQ:   \t\t 120\n`)
  }
}

it('graphicsFacts() names cards of NVIDIA with their driver', () => {
  nvidia()
  expect(graphicsFacts(on()).cards).toEqual([
    { name: 'NVIDIA L4', driver: '550.54.15' },
    { name: 'NVIDIA H100 80GB HBM3', driver: '550.54.15' },
  ])
  expect(nvidiaMemory(on({ ask: () => '23034\n81559\n' }))).toEqual([23034 * 2 ** 20, 81559 * 2 ** 20])
})

it('graphicsFacts() asks for cards of NVIDIA in a container without the files of the kernel', () => {
  const ask = () => 'NVIDIA H100 80GB HBM3, 580.159.04\n'
  expect(graphicsFacts(on({ ask })).cards).toEqual([])
  put('dev/nvidiactl', '')
  expect(graphicsFacts(on({ ask })).cards).toEqual([{ name: 'NVIDIA H100 80GB HBM3', driver: '580.159.04' }])
})

it("graphicsFacts() names cards of the kernel's own drivers, and none of NVIDIA's twice", () => {
  for (const [node, vendor, driver] of [
    ['renderD128', '0x1002', 'amdgpu'],
    ['renderD129', '0x10de', 'nvidia'],
  ]) {
    put(`sys/class/drm/${node}/device/vendor`, `${vendor}\n`)
    put(`sys/class/drm/${node}/device/device`, '0x744c\n')
    symlinkSync(`../../bus/pci/drivers/${driver}`, join(root, `sys/class/drm/${node}/device/driver`))
  }
  put('sys/class/drm/renderD128/device/mem_info_vram_total', '25753026560\n')
  expect(graphicsFacts(on()).cards).toEqual([
    { name: 'AMD 0x1002:0x744c', driver: `amdgpu, Linux ${release()}`, memoryBytes: 25753026560 },
  ])
})

it('graphicsFacts() has the drivers that Vulkan is told of, and sees that one was changed', () => {
  put('lib/one.so', 'x')
  put('usr/share/vulkan/icd.d/one.json', JSON.stringify({ ICD: { library_path: join(root, 'lib/one.so') } }))
  put('swift.json', JSON.stringify({ ICD: { library_path: './libvk_swiftshader.so' } }))
  const before = graphicsFacts(on()).drivers
  expect(before).toEqual([expect.stringMatching(/^one\.json one\.so 1 \d+$/u)])
  put('lib/one.so', 'xy')
  expect(graphicsFacts(on()).drivers).not.toEqual(before)
  const environment = { VK_ICD_FILENAMES: join(root, 'swift.json') }
  expect(graphicsFacts(on({ environment })).drivers).toEqual(['swift.json ./libvk_swiftshader.so'])
})

it('graphicsFacts() asks Windows for its cards', () => {
  const ask = () => 'Microsoft Basic Display Adapter\t10.0\r\nNVIDIA GeForce RTX 3090\t31.0.15.5222\r\n'
  expect(graphicsFacts(on({ platform: 'win32', ask })).cards).toEqual([
    { name: 'NVIDIA GeForce RTX 3090', driver: '31.0.15.5222' },
  ])
  expect(graphicsFacts(on({ platform: 'freebsd' }))).toEqual({ cards: [], drivers: [] })
})

it('adapterInUse() tells the card that is open, and a program in its place', () => {
  nvidia()
  const facts = graphicsFacts(on())
  const libraries = ['/usr/lib/libvulkan.so.1', '/usr/lib/libGLX_nvidia.so.550.54.15']
  const h100 = { name: 'NVIDIA H100 80GB HBM3', driver: '550.54.15', software: false }
  expect(adapterInUse(facts, { files: ['/dev/nvidiactl', '/dev/nvidia1'], libraries }, () => [1, 2])).toEqual({
    ...h100,
    memoryBytes: 2,
  })
  // Where files of devices are not shown, the driver is.
  expect(adapterInUse({ ...facts, cards: facts.cards.slice(1) }, { files: [], libraries }, () => [])).toEqual(h100)
  const swift = { files: ['/dev/null'], libraries: ['/usr/lib/libvk_swiftshader.so'] }
  expect(adapterInUse(facts, swift)).toMatchObject({ name: 'SwiftShader', software: true })
  const unlisted = { files: ['/dev/null'], libraries: [] }
  expect(adapterInUse({ cards: [], drivers: [] }, unlisted)).toMatchObject({ software: true })
  // Where the system does not tell what is open, the first card is taken.
  expect(adapterInUse(facts, 'untold', () => [])).toMatchObject({ name: 'NVIDIA L4', software: false })
})

it('softwareWarnings() names a program in the place of a card, and asks nothing where the processor computes', () => {
  const swift = { name: 'SwiftShader', driver: 'unknown', software: true }
  expect(softwareWarnings('webgpu', () => swift)).toEqual([
    'Computed on SwiftShader, a program in a graphics card\'s place: "cpu" is many times faster',
  ])
  expect(softwareWarnings('webgpu', () => ({ ...swift, software: false }))).toEqual([])
  const unasked = (): never => {
    throw new Error('asked for without need')
  }
  expect(softwareWarnings('cpu', unasked)).toEqual([])
})
