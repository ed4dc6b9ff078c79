/** A room of src/: a folder of one or two names. */
export interface Room {
  /** For the table in ARCHITECTURE.md. */
  readonly holds: string
  /** The rooms that it may import, all of which it does; base goes without saying. */
  readonly imports: readonly string[]
}

/**
 * Every room, each below those that it imports, so that there is no circle. One that is not here is a fault, so that a new one
 * gets its place on purpose. After a change run `node scripts/run-ts.mjs scripts/rooms-table.ts`: ARCHITECTURE.md shows it.
 */
export const rooms: Readonly<Record<string, Room>> = {
  base: { holds: 'faults, errno to sentence, files, locks, JSON lines, seeds, package facts', imports: [] },
  graph: { holds: 'ONNX graphs that can be differentiated', imports: [] },
  lesson: { holds: 'the words that study, train and cli share, the table of settings among them', imports: [] },
  'tokenizer/parts': { holds: 'what both kinds of tokenizer use', imports: [] },
  tokenizer: { holds: 'what a tokenizer is, and its settings', imports: ['tokenizer/parts'] },
  'tokenizer/slow': {
    holds: 'tokens beside a vocabulary, as transformers has them in Python',
    imports: ['tokenizer/parts', 'tokenizer'],
  },
  'tokenizer/sentencepiece': { holds: 'spiece.model', imports: ['tokenizer/parts', 'tokenizer', 'tokenizer/slow'] },
  'tokenizer/byt5': { holds: "ByT5's bytes", imports: ['tokenizer/parts', 'tokenizer', 'tokenizer/slow'] },
  'tokenizer/fast': { holds: 'tokenizer.json', imports: ['tokenizer/parts', 'tokenizer'] },
  'metrics/text': { holds: 'tokenizers, n-grams, stems', imports: [] },
  metrics: { holds: 'a metric a file', imports: ['metrics/text'] },
  'metrics/statistics': { holds: 'intervals, tests, resampling, sample size', imports: ['metrics'] },
  tasks: { holds: 'rows to sources, targets, labels, mixtures, spans; what is wrong with answers', imports: [] },
  engine: { holds: 'what computes: models in memory, graphs over them, optimizers', imports: ['graph'] },
  'engine/cpu': { holds: 'onnxruntime sessions, arenas, optimizers, masks', imports: ['graph', 'engine'] },
  'engine/backends': { holds: 'which engines there are', imports: ['engine', 'engine/cpu'] },
  'model/weights': { holds: "safetensors, torch's two formats", imports: [] },
  model: { holds: 'what a family of models is', imports: ['graph'] },
  'model/t5': {
    holds: 'T5, mT5, Flan: config, parameters, graphs, batches, start weights, files',
    imports: ['graph', 'model'],
  },
  hub: { holds: "the hub's snapshots", imports: [] },
  pretrained: {
    holds: "what a model's folder holds",
    imports: [
      'graph',
      'tokenizer',
      'tokenizer/slow',
      'tokenizer/sentencepiece',
      'tokenizer/byt5',
      'tokenizer/fast',
      'model/weights',
      'model',
      'model/t5',
      'hub',
    ],
  },
  'data/text': { holds: 'encodings', imports: [] },
  'data/source': { holds: 'open files, archives, rows', imports: [] },
  'data/formats': { holds: 'a format a file', imports: ['data/text', 'data/source'] },
  'data/table': { holds: 'any data file as rows', imports: ['hub', 'data/text', 'data/source', 'data/formats'] },
  'data/audit': { holds: 'sizes, lengths, labels, leaks', imports: [] },
  train: {
    holds: 'one lesson, answers and losses in a child process',
    imports: ['graph', 'lesson', 'tokenizer', 'tasks', 'engine', 'engine/backends', 'model', 'pretrained'],
  },
  study: {
    holds: 'the words of a study: keys, steps, settings',
    imports: ['lesson', 'metrics', 'tasks', 'data/table'],
  },
  'study/file': {
    holds: 'YAML to study, every fault with its place',
    imports: ['lesson', 'metrics', 'tasks', 'data/table', 'study'],
  },
  'study/steps': {
    holds: 'a kind of step a file: its key, its needs, its work',
    imports: ['lesson', 'metrics', 'tasks', 'pretrained', 'data/table', 'study'],
  },
  'study/store': { holds: 'the folder of finished steps', imports: ['study', 'study/steps'] },
  'study/plan': {
    holds: 'inputs, the plan, fairness, estimates',
    imports: ['lesson', 'hub', 'pretrained', 'data/table', 'study', 'study/file', 'study/steps', 'study/store'],
  },
  'study/run': {
    holds: 'what an executor is, the scheduler, status, garbage',
    imports: ['study', 'study/steps', 'study/store', 'study/plan'],
  },
  execute: {
    holds: 'study meets engine: runners, measure, estimates, teach()',
    imports: ['lesson', 'pretrained', 'train', 'study', 'study/steps', 'study/store', 'study/plan', 'study/run'],
  },
  'report/words': { holds: 'numbers and cells as text', imports: [] },
  'report/charts': { holds: 'panels, axes, SVG; knows no study', imports: ['report/words'] },
  'report/results': {
    holds: 'what finished steps say, read once',
    imports: [
      'metrics',
      'metrics/statistics',
      'tasks',
      'data/audit',
      'study',
      'study/steps',
      'study/store',
      'study/plan',
    ],
  },
  'report/tables': {
    holds: 'tables and findings',
    imports: ['metrics/statistics', 'study', 'study/store', 'study/plan', 'report/words', 'report/results'],
  },
  'report/conclusions': {
    holds: 'from numbers to sentences',
    imports: [
      'lesson',
      'metrics/statistics',
      'study',
      'study/steps',
      'study/store',
      'study/plan',
      'report/words',
      'report/results',
    ],
  },
  'report/figures': {
    holds: "a study's figures",
    imports: ['data/audit', 'study', 'study/file', 'study/steps', 'study/plan', 'report/charts', 'report/results'],
  },
  report: {
    holds: 'what a run leaves for people',
    imports: ['study', 'study/store', 'report/charts', 'report/tables', 'report/conclusions'],
  },
  'cli/print': {
    holds: 'what people see',
    imports: ['metrics', 'metrics/statistics', 'hub', 'data/audit', 'study/steps', 'study/plan', 'report/tables'],
  },
  'cli/options': { holds: 'options that commands share', imports: ['lesson', 'metrics', 'tasks', 'data/table'] },
  'cli/input': {
    holds: 'what commands read',
    imports: ['tasks', 'hub', 'pretrained', 'study/file', 'study/store', 'study/plan', 'cli/print', 'cli/options'],
  },
  'cli/run': {
    holds: 'a whole study, from its file to its tables',
    imports: [
      'study',
      'study/steps',
      'study/store',
      'study/plan',
      'study/run',
      'execute',
      'report/results',
      'report/tables',
      'report/conclusions',
      'report/figures',
      'report',
      'cli/print',
      'cli/input',
    ],
  },
  'cli/commands': {
    holds: 'a command a file',
    imports: [
      'lesson',
      'metrics',
      'metrics/statistics',
      'engine/cpu',
      'engine/backends',
      'hub',
      'pretrained',
      'data/source',
      'data/formats',
      'data/table',
      'data/audit',
      'train',
      'study',
      'study/file',
      'study/steps',
      'study/store',
      'study/plan',
      'study/run',
      'execute',
      'report/charts',
      'report/results',
      'report/tables',
      'report/conclusions',
      'report/figures',
      'report',
      'cli/print',
      'cli/options',
      'cli/input',
      'cli/run',
    ],
  },
  cli: { holds: 'the command line', imports: ['cli/print', 'cli/input', 'cli/commands'] },
}
