import { describe, expect, it } from 'vitest'
import { settingNames } from '../../lesson/settings.ts'
import { readStudy } from './read-study.ts'
import { describeFault } from './study-fault.ts'
import { trainerHint } from './trainer-names.ts'

const sound = `study: s
starts: { t: { path: ./model } }
tasks:
  a:
    data: { file: rows.csv, split: { train: 0.8, test: 0.2 } }
    source: text
    target: text
chains: [t -> a]
`

/** The first line of each fault of the study with one part replaced. */
function faults(part: string, by: string, text = sound): string[] {
  expect(text).toContain(part)
  const checked = readStudy(text.replace(part, by), 'study.yaml')
  return 'faults' in checked ? checked.faults.map((fault) => describeFault(fault).split('\n')[0]!) : []
}

describe('readStudy() names the likely mistake, and nothing that follows from it', () => {
  it.each([
    [
      'target: text',
      'target: text\n    device: webgpu',
      'Unknown key "device" in "tasks.a": as a setting of lessons it stands in "teach", as in teach: { device: … }',
    ],
    [
      'chains:',
      'defaults: { batch: 8 }\nchains:',
      'Unknown key "batch" in "defaults": as a setting of lessons it stands in "teach", as in teach: { batch: … }',
    ],
    [
      'chains:',
      'device: auto\nchains:',
      'Unknown key "device": as a setting of lessons it stands in "teach" of "defaults", or of a task or mixture',
    ],
  ])('a setting of lessons a level too high: %s as %s', (part, by, sentence) => {
    expect(faults(part, by)).toEqual([expect.stringContaining(sentence)])
  })

  it.each([
    [
      'target: text',
      'labels: { column: mark, classes: [1, two, 3.5], none: 0 }',
      [
        'Wrong value of "tasks.a.labels.classes": found 1 and 3.5, wanted texts: put each in quotes, as it is no text without them',
        'Wrong value of "tasks.a.labels.none": found 0, wanted a text or a list: put it in quotes, as it is no text without them',
      ],
    ],
    [
      'target: text',
      'labels: { columns: [good, true], classes: [good, bad] }',
      [
        'Wrong value of "tasks.a.labels.columns.1": found true, wanted a text: put it in quotes, as it is no text without them',
      ],
    ],
    [
      'file: rows.csv',
      'file: [1, 2, 3, 4, 5, 6, 7]',
      [
        'Wrong value of "tasks.a.data.file": found 1, 2, 3, 4, 5 and 2 more, wanted texts: put each in quotes, as it is no text without them',
      ],
    ],
  ])('texts that lack quotes, those of a list once: %s as %s', (part, by, sentences) => {
    expect(faults(part, by)).toEqual(sentences.map((sentence) => expect.stringContaining(sentence)))
  })

  it('a key of the study by a slip of the hand, which then is not missing as well, and hides nothing', () => {
    expect(faults('study: s', 'stdy: s', sound.replace('target: text', 'target: text\n    metrics: [blue]'))).toEqual([
      'study.yaml:1:1 Unknown key "stdy": did you mean "study"?',
      'study.yaml:8:15 Wrong value of "tasks.a.metrics.0": found "blue": did you mean "bleu"?',
    ])
    expect(faults('source: text', 'sorce: txt')).toEqual([
      'study.yaml:6:5 Unknown key "sorce" in "tasks.a": did you mean "source"?',
    ])
    expect(faults('tasks:', 'taks:', sound.replace('[t -> a]', '[t -> b]'))).toEqual([
      'study.yaml:3:1 Unknown key "taks": did you mean "tasks"?',
      'study.yaml:8:15 Unknown task "b"',
    ])
  })

  it('seeds that are one number', () => {
    expect(faults('chains:', 'seeds: 42\nchains:')).toEqual([
      'study.yaml:8:8 Wrong value of "seeds": found 42, wanted a list: write [42]',
    ])
  })

  it('shares of a mixture, all of which are wrong', () => {
    expect(faults('chains:', 'mixtures: { m: { of: { a: -2 } } }\nchains:')).toEqual([
      'study.yaml:8:27 Wrong value of "mixtures.m.of.a": found -2, wanted more than 0',
    ])
  })

  it('YAML with a line that patterns would be at for minutes', () => {
    const line = `  - a${' -> "x: y'.repeat(30_000)}`
    expect(faults('chains: [t -> a]', `chains:\n${line}`)[0]).toContain('Cannot read YAML')
  })

  it.each(['study: [', 'study: {a'])('YAML that ends too soon, with its last line whole: %s', (text) => {
    const checked = readStudy(text, 'study.yaml')
    expect('faults' in checked && checked.faults.map((fault) => fault.text)).toEqual([text])
  })

  it.each([
    ['gpu', 'webgpu'],
    ['cuda:0', 'webgpu'],
    ['MPS', 'webgpu'],
    ['metal', 'webgpu'],
    ['vulkan', 'webgpu'],
    ['processor', 'cpu'],
    ['atuo', 'auto'],
  ])('the device %s, whatever it is written like', (word, device) => {
    const sentence = `found "${word}": did you mean "${device}"?`
    expect(faults('chains:', `defaults: { teach: { device: "${word}" } }\nchains:`)).toEqual([
      `study.yaml:8:30 Wrong value of "defaults.teach.device": ${sentence}`,
    ])
    expect(faults('[t -> a]', `['t -> a(device="${word}")']`)).toEqual([expect.stringContaining(sentence)])
    const swept = `[]\nsweeps: [{ chain: t -> a, lesson: a, device: ["${word}"] }]`
    expect(faults('[t -> a]', swept)).toEqual([expect.stringContaining(sentence)])
  })

  it('a word for a device is none where no device stands', () => {
    expect(faults('chains:', 'defaults: { teach: { keep: gpu } }\nchains:')).toEqual([
      expect.stringContaining('found "gpu", wanted "best" or "last"'),
    ])
  })

  it('a key of another kind of start is known, and cannot stand there', () => {
    expect(faults('{ path: ./model }', '{ path: ./model, hub: google/mt5-small }')).toEqual([
      expect.stringMatching(
        /"(hub|path)" cannot stand beside "(path|hub)" in "starts\.\w+": leave one or the other out/u,
      ),
    ])
  })

  const start = '{ path: ./model }'
  const data = '{ file: rows.csv, split: { train: 0.8, test: 0.2 } }'

  it.each([
    [start, 'google/mt5-small', 'write { hub: google/mt5-small }, or { path: google/mt5-small } for a folder'],
    [start, './model', 'write { path: ./model }'],
    [start, '~/models/mt5', 'write { path: ~/models/mt5 }'],
    [data, 'file.csv', 'write { file: file.csv }'],
    [data, '[a.csv, b.csv]', 'write { file: [a.csv, b.csv] }'],
    [data, 'owner/name', 'write { file: owner/name }, or { hub: owner/name } for a data set of the hub'],
    [data, '{ train: a.csv, test: { file: b.csv } }', 'write { file: a.csv }'],
    ['[t -> a]', 't -> a', 'write [t -> a]'],
    ['target: text', 'labels: topic', 'write { column: topic, classes: [ … ] }'],
  ])('%s as %s', (part, by, advice) => {
    const found = faults(part, by)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/^study\.yaml:\d+:\d+ Wrong value of ".*": found .*, wanted a (map|list): /)
    expect(found[0]!.endsWith(`: ${advice}`), found[0]).toBe(true)
  })

  it.each([
    [
      '[{ ter: { normalized: true } }]',
      'Wrong value of "tasks.a.metrics.0": found a map under a metric\'s name: write { metric: ter, normalized: true }',
    ],
    [
      '[bleu, { chrf: }]',
      'Wrong value of "tasks.a.metrics.1": found a map under a metric\'s name: write { metric: chrf }',
    ],
    ['[{ tokenize: zh }]', 'Missing key "metric" in "tasks.a.metrics.0"'],
    ['[bleuu]', 'Wrong value of "tasks.a.metrics.0": found "bleuu": did you mean "bleu"?'],
  ])('metrics: %s', (metrics, sentence) => {
    expect(faults('target: text', `target: text\n    metrics: ${metrics}`)).toEqual([expect.stringContaining(sentence)])
  })

  it.each([
    ['1e400', 'a number that is too large to hold'],
    ['-.inf', 'a number that is too large to hold'],
    ['.nan', 'what is no number'],
  ])('a number that is none: %s', (number, words) => {
    const [found, ...others] = faults(
      'target: text',
      `target: text\n    teach: { epochs: 1, learning_rate: ${number} }`,
    )
    expect(found).toContain(`"tasks.a.teach.learning_rate": found ${words}, wanted a number`)
    expect(others).toEqual([])
  })

  it('still tells what else is wrong', () => {
    expect(faults(`${start} }`, 'google/mt5-small }\nseeds: [x]')).toHaveLength(2)
    expect(faults(start, '7')).toEqual(['study.yaml:2:14 Wrong value of "starts.t": found 7, wanted a map'])
  })

  it.each([
    ['    source: text', '    prefix: translate English to German: ', '"translate English to German: "'],
    ['    source: text', '    prefix: sum: it', '"sum: it"'],
    ['{ file: rows.csv,', '{ prefix: to German: , file: rows.csv,', '"to German: "'],
  ])('a value with a colon and without quotes: %s as %s', (part, by, quoted) => {
    expect(faults(part, by)).toEqual([
      expect.stringMatching(
        new RegExp(
          `Cannot read YAML: the value of "prefix" has a colon in it and must be put in quotes: prefix: ${quoted}$`,
        ),
      ),
    ])
  })

  it("settings of transformers' trainer", () => {
    const teach = (setting: string): string => faults('    source', `    teach: { ${setting} }\n    source`)[0]!
    expect(teach('num_train_epochs: 3')).toContain('"num_train_epochs" in "tasks.a.teach": it is called "epochs" here')
    expect(teach('lr_scheduler_type: cosine')).toContain('it is called "schedule" here')
    expect(teach('fp16: true')).toContain('there is no such setting, as lessons are taught in float32')
    expect(teach('no_cuda: true')).toContain('it is called "device: cpu" here')
    expect(teach('predict_with_generate: true')).toContain('there is no such setting, as answers are always generated')
    expect(teach('generation_num_beams: 4')).toContain('it is called "num_beams" here and stands under "generate"')
    expect(faults('    source', '    num_train_epochs: 3\n    source')[0]).toContain('and stands under "teach"')
    expect(faults('t -> a]', '"t -> a(num_train_epochs=3)"]')[0]).toContain('it is called "epochs" here')
  })
})

it("readStudy() refuses a table's chain that is not tested on its task", () => {
  const two = sound
    .replace(
      'chains:',
      '  b:\n    data: { file: rows.csv, split: { train: 0.8, test: 0.2 } }\n    source: text\n    target: text\nchains:',
    )
    .replace('[t -> a]', '[t -> a, t -> b]')
  const table = (more: string): string[] => faults('chains:', `tables: [{ task: a, ${more} }]\nchains:`, two)
  expect(table('rows: [t -> a]')).toEqual([])
  for (const more of ['rows: [t -> a, t -> b]', 'baseline: t -> b', 'paper: { t -> b: { bleu: 1 } }']) {
    expect(table(more)).toEqual([expect.stringContaining('The chain "t -> b" is not tested on "a"')])
  }
})

it('trainerHint() names only settings that there are', () => {
  const known: readonly string[] = settingNames
  for (const name of [
    'num_train_epochs',
    'max_steps',
    'label_smoothing_factor',
    'load_best_model_at_end',
    'eval_steps',
    'optim',
  ]) {
    expect(trainerHint(name, known)).toMatch(/^: it is called ".*" here$/)
  }
  expect(trainerHint('optim', ['prefix'])).toBe(': it is called "optimizer" here and stands under "teach"')
  expect(trainerHint('early_stopping_patience', known)).toBe(': it is called "stop_after" here')
  expect(trainerHint('temperature', known)).toContain('no such setting, as answers are never drawn by chance')
  expect(trainerHint('learning_rate_', known)).toBeUndefined()
  expect(trainerHint('constructor', known)).toBeUndefined()
})

describe('readStudy() refuses what would be passed over', () => {
  const both = 'Cannot use both "epochs" and "steps": remove one of them'
  it.each([
    ['chains:', 'defaults: { teach: { epochs: 3, steps: 500 } }\nchains:', both],
    ['chains:', 'sweeps: [{ chain: t -> a, epochs: [1, 5], steps: [100, 200] }]\nchains:', both],
    ['t -> a]', '"t -> a(batch=16, batch.x.y=1)"]', 'The setting "batch.x.y" is given twice'],
    ['t -> a]', '"t -> a(seed=null, seed.x.y=1)"]', 'The setting "seed.x.y" is given twice'],
    ['t -> a]', '"t -> a(memory=0GB)"]', 'wanted a size such as "6GB"'],
    ['target: text', 'target: text\n    teach: { memory: 0.0 GiB }', 'wanted a size such as "6GB"'],
    ['file: rows.csv,', 'file: rows.csv, where: { n: { longer: .inf } },', 'Expected a number of characters or items'],
    [
      'file: rows.csv,',
      'file: rows.csv, where: { n: -.INF },',
      'Expected a text, number, true, false, null, or a list of these',
    ],
    ['file: rows.csv,', 'file: rows.csv, where: { n: &n { not: *n } },', 'Cannot use "*n" within what it stands for'],
    [
      'path: ./model',
      'scratch: { d_model: 8, more: { least: [.nan] } }, tokenizer: ./model',
      'Wrong value of "starts.t.scratch.more.least.0": found what is no number',
    ],
    ['starts: {', 'starts: &s { u: { scratch: { a: *s } },', 'Cannot use "*s" within what it stands for'],
    [
      'chains:',
      'tables: [{ task: a, scores: [exact_matc] }]\nchains:',
      'Unknown score "exact_matc" of "a": did you mean',
    ],
    [
      'chains:',
      'tables: [{ task: a, paper: { t -> a: { exact_matc: 1 } } }]\nchains:',
      'Unknown score "exact_matc" of "a": did you mean',
    ],
  ])('%s as %s', (part, by, fault) => {
    const found = faults(part, by, sound.replace('target: text', 'target: text\n    metrics: [exact-match]'))
    expect(found).toContainEqual(expect.stringContaining(fault))
  })
})
