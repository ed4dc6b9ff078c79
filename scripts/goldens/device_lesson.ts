// Writes the start and the rows of the lesson that `reteach doctor --device` teaches into a folder, for device_lesson.py.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { elementCount } from '../../src/graph/tensor.ts'
import { parseArchitecture } from '../../src/pretrained/families.ts'
import { saveModelFolder } from '../../src/pretrained/save-model.ts'
import {
  goldenBatch,
  goldenConfig,
  goldenDecay,
  goldenRate,
  goldenRows,
  goldenSeed,
  goldenUpdates,
} from '../../src/prove/golden-lesson.ts'

const folder = process.argv[2]!
const architecture = parseArchitecture(goldenConfig, 'the golden lesson')
mkdirSync(folder, { recursive: true })
await saveModelFolder(folder, {
  architecture,
  read(name) {
    const { shape } = architecture.parameters.find((one) => one.name === name)!
    const data = new Float32Array(elementCount(shape))
    architecture.fillStart(name, goldenSeed, data)
    return data
  },
})
const rows = goldenRows().map(({ source, target }) => ({ source: [...source], target: [...target] }))
const lesson = { rows, batch: goldenBatch, rate: goldenRate, decay: goldenDecay, updates: goldenUpdates }
writeFileSync(join(folder, 'lesson.json'), JSON.stringify(lesson))
