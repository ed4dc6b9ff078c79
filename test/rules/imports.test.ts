import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { sourceTree } from '../rig/source-tree.ts'
import { importFaults } from './import-rules.ts'
import { sourceFiles } from './source-files.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

it('imports in src point one way, without circles, and pure folders stay pure', () => {
  expect(sourceFiles(root).length).toBeGreaterThan(50)
  expect(importFaults(root)).toEqual([])
})

const faultsOf = (files: Record<string, string>): string[] => importFaults(sourceTree(files))

it.each([
  ['src/graph/a.ts', "import { x } from '../model/b.ts'", 'imports src/model/b.ts: src/graph may import base'],
  ['src/graph/a.ts', "import type { X } from '../model/b.ts'", 'imports src/model/b.ts'],
  [
    'src/study/plan/a.ts',
    "export * from '../../train/b.ts'",
    'imports src/train/b.ts: src/study/plan may import base, ',
  ],
  ['src/train/a.ts', "import { x } from '../metrics/text/b.ts'", 'imports src/metrics/text/b.ts: src/train may import'],
  ['src/report/tables/a.ts', "const b = await import('../../cli/b.ts')", 'imports src/cli/b.ts'],
  [
    'src/base/a.ts',
    "import {\n  x,\n  y,\n} from '../graph/b.ts'",
    'imports src/graph/b.ts: src/base may import no other',
  ],
  ['src/metrics/a.ts', "import '../index.ts'", 'imports src/index.ts'],
  ['src/engine/cpu/kernel/a.ts', "import '../../../model/t5/b.ts'", 'imports src/model/t5/b.ts: src/engine/cpu may'],
  [
    'src/model/a.ts',
    "import { InferenceSession } from 'onnxruntime-node'",
    'imports onnxruntime-node: only src/engine',
  ],
  ['src/tasks/a.ts', "import { readFileSync } from 'node:fs'", 'imports node:fs: src/tasks is pure'],
  ['src/metrics/text/a.ts', "import { readFileSync } from 'node:fs'", 'imports node:fs: src/metrics/text is pure'],
  ['src/page/a.ts', "import { join } from 'node:path'", 'imports node:path: src/page runs in a browser'],
  ['src/graph/a.ts', 'const now = Date.now()', 'uses Date.now: src/graph is pure'],
  ['src/tokenizer/a.ts', 'const home = process.env.HOME', 'uses process.: src/tokenizer is pure'],
  ['src/model/t5/a.ts', 'const now = new Date()', 'uses new Date(): src/model/t5 is pure'],
  ['src/cli/a.ts', 'const x = Math.random()', 'uses Math.random: every random number has a seed'],
  ['src/train/a.ts', 'console.log(1)', 'uses console.: only src/cli may'],
  ['src/train/a.ts', "import type { X } from '../engine/cpu/b.ts'", 'imports src/engine/cpu/b.ts: src/train may'],
  ['src/train/a.ts', 'const x = arenas.place(name)', 'uses arenas: src/train knows models and engines by their'],
  ['src/train/a.ts', 'const x = array.byteOffset', 'uses byteOffset: src/train knows'],
  ['src/train/a.ts', "const x = 'shared.weight'", 'uses shared.weight: src/train knows'],
  ['src/train/a.ts', "const x = 'cross_key:0'", 'uses cross_key: src/train knows'],
  ['src/train/a.ts', "const x = 'a.relative_attention_bias.b'", 'uses relative_attention_bias: src/train knows'],
  ['src/train/a.ts', 'const x = parseT5Config(json)', 'uses parseT5Config: src/train knows'],
  ['src/engine/cpu/a.ts', 'process.exit(1)', 'uses process.exit: only src/cli may'],
  ['src/index.ts', "export { x } from './cli/print/b.ts'", 'imports src/cli/print/b.ts: a library has no command'],
  ['src/extras/a.ts', '', 'lies in a room without a place'],
  ['src/cli/extras/a.ts', '', 'lies in a room without a place'],
  ['src/engine/cpu/a.ts', "import { x } from '../../../test/b.ts'", 'imports test/b.ts, which lies outside src'],
])('finds the fault in %s: %s', (file, code, fault) => {
  const faults = faultsOf({ [file]: `const before = 1\n${code}\n` })
  expect(faults).toHaveLength(1)
  expect(faults[0]).toContain(`${file} ${fault}`)
})

it('lets through what is allowed', () => {
  const faults = faultsOf({
    'src/train/a.ts': [
      "import { x } from '../engine/b.ts'",
      "import { z } from 'zod'",
      "// import { y } from '../cli/c.ts'",
      '/* console.log(1) */',
      'const begun = performance.now()',
    ].join('\n'),
    'src/engine/cpu/b.ts':
      "import { InferenceSession } from 'onnxruntime-node'\nimport { readFileSync } from 'node:fs'",
    'src/cli/commands/c.ts': "import { a } from '../../train/a.ts'\nconsole.log(process.argv)",
    'src/graph/a.test.ts': "import { x } from '../train/a.ts'",
    'src/index.ts': "export { x } from './engine/cpu/b.ts'",
  })
  expect(faults).toEqual([])
})

it('finds circles of imports, types included', () => {
  const circle = { 'src/base/a.ts': "import { b } from './b.ts'", 'src/base/b.ts': "import type { A } from './a.ts'" }
  expect(faultsOf(circle)).toEqual(['src/base/a.ts -> src/base/b.ts -> src/base/a.ts is a circle of imports'])
})
