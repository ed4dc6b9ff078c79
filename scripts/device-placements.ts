import { readFileSync } from 'node:fs'
import * as ort from 'onnxruntime-node'
import { deviceDialect } from '../src/engine/webgpu/device-dialect.ts'
import { serialize } from '../src/graph/serialize.ts'
import { parseT5Config } from '../src/model/t5/config.ts'
import { t5LessonGraph } from '../src/model/t5/lesson-graph.ts'

// Makes the lesson graph of a model's config ready on the device, and lets onnxruntime print where each node was placed.
const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('Cannot place a graph without a config.json')
const config = parseT5Config(JSON.parse(readFileSync(file, 'utf8')), file)
const { graph } = t5LessonGraph(config, { gradients: true, dropout: true, accumulate: true, dialect: deviceDialect })
ort.env.logLevel = 'verbose'
const places = graph.outputs.map(({ name }) => [name, 'gpu-buffer'] as const)
await ort.InferenceSession.create(serialize(graph), {
  executionProviders: ['webgpu'],
  preferredOutputLocation: Object.fromEntries(places),
  logSeverityLevel: 0,
})
