import { describe, expect, it } from 'vitest'
import type { Study } from '../study.ts'
import { readStudy } from './read-study.ts'
import { describeFault } from './study-fault.ts'

const head = `study: s
starts:
  mt5: { path: ./mt5-small }
  tiny: { scratch: { d_model: 4 }, tokenizer: ./spiece.model }
tasks:
  a2t:
    data: { file: a.csv, split: { train: 8, validation: 1, test: 1 } }
    source: abstract
    target: title
  res:
    data: { file: r.csv, split: { test: 0.1 } }
    source: review
    labels: { column: policies, classes: [Cost, Food] }
    teach: { epochs: 100, learning_rate: 7e-4 }
`

function study(text: string): Study {
  const checked = readStudy(text, '/studies/study.yaml')
  if ('faults' in checked) throw new Error(checked.faults.map(describeFault).join('\n'))
  return checked.study
}

function faults(text: string): string[] {
  const checked = readStudy(text, 'study.yaml')
  return 'faults' in checked ? checked.faults.map(describeFault) : []
}

describe('readStudy()', () => {
  it('says in words which of its arguments is wrong', () => {
    const read = (options: object) => () => readStudy(head, 'study.yaml', options)
    expect(read({ folders: { data: '/x' } })).toThrow('"folders": it must be a Map of paths by the names of folders')
    expect(read({ device: 'gpu' })).toThrow('"device": it must be "cpu" or "webgpu"')
    expect(read({ folder: new Map() })).toThrow('Unknown option "folder": did you mean "folders"?')
    expect(() => describeFault({ message: 'x' } as never)).toThrow('Missing "file"')
  })

  it('refuses a name that objects take for something else, wherever it stands', () => {
    const named = head.replace('  res:\n', '  __proto__:\n')
    expect(faults(`${named}chains: [mt5 -> a2t]\n`)).toEqual([
      expect.stringContaining('study.yaml:10:3 Cannot use "__proto__" as a name: choose another'),
    ])
    expect(faults(`${head}chains: [mt5 -> res]\nreport: { names: { res: __proto__ } }\n`)).toEqual([])
  })

  it('places what contradicts in the settings of a lesson at its key, wherever that stands', () => {
    const at = (text: string): string[] => faults(text).map((fault) => fault.split(' ', 1)[0]!)
    const chains = 'chains: [mt5 -> res, mt5 -> a2t -> res]\n'
    expect(at(`${head.replace('epochs: 100', 'epochs: 100, power: 2')}${chains}`)).toEqual(['study.yaml:14:27'])
    expect(at(`${head}defaults:\n  teach:\n    power: 2\n${chains}`)).toEqual(['study.yaml:17:5'])
    expect(at(`${head}chains:\n  - chain: mt5 -> res\n    lessons: { res: { power: 2 } }\n`)).toEqual([
      'study.yaml:17:23',
    ])
    expect(at(`${head}chains:\n  - mt5 -> res(power=2)\n`)).toEqual(['study.yaml:16:16'])
  })

  it('takes a whole number for one however it is written, in maps and in chains alike', () => {
    const settingsOf = (text: string): unknown => {
      const { batch, epochs } = study(text).chains[0]!.lessons[0]!.settings
      return { batch, epochs }
    }
    const chains = 'chains: [mt5 -> res]\n'
    expect(settingsOf(`${head.replace('epochs: 100', 'epochs: 1e1, batch: 2.0')}${chains}`)).toEqual({
      batch: 2,
      epochs: 10,
    })
    expect(settingsOf(`${head}chains: ["mt5 -> res(batch=2.0, epochs=1e1)"]\n`)).toEqual({ batch: 2, epochs: 10 })
    const beams = 'defaults: { generate: { num_beams: 2.0 } }\n'
    expect(study(`${head}${beams}${chains}`).tasks.get('a2t')!.generate.num_beams).toBe(2)
    expect(faults(`${head}${beams.replace('2.0', '2.5')}${chains}`)[0]).toMatch(/^study\.yaml:15:36 .*num_beams/u)
    expect(faults(`${head}chains: ["mt5 -> res(batch=2.5)"]\n`)[0]).toMatch(/^study\.yaml:15:28 .*batch/u)
  })

  it('takes a learning rate or a rate of the optimizer’s own, the later one in the place of the earlier', () => {
    const own = 'epochs: 100, optimizer: adafactor, adafactor_relative_step: true'
    const told = 'Cannot use "learning_rate" with "adafactor_relative_step"'
    const both = head.replace('epochs: 100', own)
    expect(faults(`${both}chains: [mt5 -> res]\n`)).toEqual([expect.stringContaining(`study.yaml:14:80 ${told}`)])
    const alone = both.replace(', learning_rate: 7e-4', '')
    expect(faults(`${alone}chains: [mt5 -> res]\n`)).toEqual([])
    expect(faults(`${alone}defaults: { teach: { learning_rate: 1e-3 } }\nchains: [mt5 -> res]\n`)).toEqual([])
    const [lesson] = study(`${alone}chains: ["mt5 -> res(learning_rate=1e-4)"]\n`).chains[0]!.lessons
    expect(lesson!.settings).toMatchObject({ learning_rate: 1e-4 })
    expect(lesson!.settings).not.toHaveProperty('adafactor_relative_step')
  })

  it('fills in every setting, the later layers winning', () => {
    const { chains } = study(`${head}
defaults: { teach: { batch: 4, epochs: 3 }, limits: { target: 20 } }
chains:
  - chain: mt5 -> res(learning_rate=1e-3) -> a2t(steps=7)
    lessons: { res: { weight_decay: 0.01, learning_rate: 5 } }
seeds: [1, 2, 2]
`)
    const [chain] = chains
    expect(chain!.label).toBe('mt5 -> res(learning_rate=0.001, weight_decay=0.01) -> a2t(steps=7)')
    expect(chain!.seeds).toEqual([1, 2])
    expect(chain!.evaluate).toEqual(['a2t'])
    const [res, a2t] = chain!.lessons
    expect(res!.settings).toMatchObject({
      learning_rate: 1e-3,
      weight_decay: 0.01,
      epochs: 100,
      batch: 4,
      max_grad_norm: 1,
      limits: { source: 512, target: 20 },
    })
    expect(a2t!.settings).toMatchObject({ steps: 7, learning_rate: 5e-4 })
    expect(a2t!.settings).not.toHaveProperty('epochs')
  })

  it('expands sweeps over every combination, and shares values that a chain has already', () => {
    const { chains } = study(`${head}
chains: [mt5 -> res]
sweeps:
  - { chain: mt5 -> res -> a2t, lesson: res, learning_rate: [1e-4, 1e-3], limits.source: [64, 128] }
`)
    expect(chains.map(({ label }) => label)).toEqual([
      'mt5 -> res',
      'mt5 -> res(learning_rate=0.0001, limits.source=64) -> a2t',
      'mt5 -> res(learning_rate=0.0001, limits.source=128) -> a2t',
      'mt5 -> res(learning_rate=0.001, limits.source=64) -> a2t',
      'mt5 -> res(learning_rate=0.001, limits.source=128) -> a2t',
    ])
    expect(chains[2]!.lessons[0]!.settings).toMatchObject({ learning_rate: 1e-4, limits: { source: 128, target: 128 } })
  })

  it('begins with an earlier chain, taught once with its own seed', () => {
    const { chains } = study(`${head.replace('  tiny', '  base: { chain: tiny -> a2t, seed: 7 }\n  tiny')}
chains: [base -> res]
`)
    expect(chains[0]!.label).toBe('base -> res')
    expect(chains[0]!.start).toMatchObject({ kind: 'scratch', seed: 7 })
    expect(chains[0]!.lessons.map(({ name, beforehand, settings }) => [name, beforehand, settings.seed])).toEqual([
      ['a2t', true, 7],
      ['res', false, undefined],
    ])
  })

  it('tests nothing of the chain that a start stands for', () => {
    const untested = head.replace('tasks:', 'tasks:\n  words: { data: { file: w.csv }, source: a, target: b }')
    const { chains } = study(`${untested.replace('  tiny', '  base: { chain: tiny -> words, seed: 7 }\n  tiny')}
chains: [base -> res]
`)
    expect(chains[0]!.evaluate).toEqual(['res'])
  })

  it('finds paths from the folder of the study and from named folders', () => {
    const text = `${head.replace('file: a.csv', 'file: $data/a.csv')}folders: { data: ../data }\nchains: [mt5 -> a2t]\n`
    const file = (of: Study) => of.tasks.get('a2t')!.data.rows!.paths[0]
    expect(file(study(text))).toMatchObject({ written: '$data/a.csv', path: '/data/a.csv' })
    const given = readStudy(text, '/studies/study.yaml', { folders: new Map([['data', '/elsewhere']]) })
    if ('faults' in given) throw new Error('the study is sound')
    expect(file(given.study)!.path).toBe('/elsewhere/a.csv')
  })

  it('refuses a given folder that the study does not know, and takes one that its paths alone name', () => {
    const own = `${head}folders: { data: ../data, old: . }\nchains: [mt5 -> a2t]\n`
    const used = `${head.replace('file: a.csv', 'file: $rows/a.csv')}chains: [mt5 -> a2t]\n`
    const told = (text: string, name: string): string[] => {
      const checked = readStudy(text, 'study.yaml', { folders: new Map([[name, '/elsewhere']]) })
      return 'faults' in checked ? checked.faults.map(({ line, message }) => `${line} ${message}`) : []
    }
    const refused = (name: string) => `Cannot use --folder "${name}" as the study has no folder of this name`
    expect(told(own, 'dta')).toEqual([`15 ${refused('dta')}: did you mean "data"?`])
    expect(told(own, 'constructor')).toEqual([`15 ${refused('constructor')}: it has "data", "old"`])
    expect(told(`${head}chains: [mt5 -> a2t]\n`, 'dta')).toEqual([`1 ${refused('dta')}, nor any other`])
    expect(told(own, 'old')).toEqual([])
    expect(told(used, 'rows')).toEqual([])
    expect(told(used, 'row')).toContain(`1 ${refused('row')}: did you mean "rows"?`)
    // What is left out for another fault may be what begins with it.
    expect(told(used.replace('{ file: $rows', '{ filee: $rows'), 'rows').join()).not.toContain('--folder')
  })

  it('tests a mixture on each of its tasks, with the longest of their limits', () => {
    const { chains, mixtures } = study(`${head.replace('source: review', 'source: review\n    limits: { source: 900 }')}
mixtures: { mixed: { of: { a2t: 2, res: 1 } } }
chains: [mt5 -> mixed]
`)
    expect(mixtures.get('mixed')!.limits).toEqual({ source: 900, target: 128 })
    expect(chains[0]!.evaluate).toEqual(['a2t', 'res'])
  })

  it('reports all faults at once, each with its place, the text underlined and the nearest name', () => {
    const text = `study: t
starts:
  mt5: { path: ./mt5-small, revison: 3 }
tasks:
  a2t:
    data: { file: a.csv, where: { x: { containz: 1 } }, split: { train: 0.5, test: 0.7 } }
    source: "question: {q"
    teach: { learning_rat: 5e-4, epochs: ten }
    metrics: [blue]
chains:
  - mt5 -> atwot
  - mt5 -> a2t(learning_rate=abc, epoch=1)
`
    expect(faults(text)).toEqual([
      `study.yaml:3:29 Unknown key "revison" in "starts.mt5": use "path"
      mt5: { path: ./mt5-small, revison: 3 }
                                ~~~~~~~`,
      `study.yaml:6:40 Unknown test "containz": did you mean "contains"?
        data: { file: a.csv, where: { x: { containz: 1 } }, split: { train: 0.5, test: 0.7 } }
                                           ~~~~~~~~`,
      `study.yaml:6:57 Wrong split: the shares come to more than 1
        data: { file: a.csv, where: { x: { containz: 1 } }, split: { train: 0.5, test: 0.7 } }
                                                            ~~~~~`,
      `study.yaml:7:13 Cannot read template "question: {q" as "{" at character 11 opens no column name
        source: "question: {q"
                ~~~~~~~~~~~~~~`,
      `study.yaml:8:14 Unknown key "learning_rat" in "tasks.a2t.teach": did you mean "learning_rate"?
        teach: { learning_rat: 5e-4, epochs: ten }
                 ~~~~~~~~~~~~`,
      `study.yaml:8:42 Wrong value of "tasks.a2t.teach.epochs": found "ten", wanted a number
        teach: { learning_rat: 5e-4, epochs: ten }
                                             ~~~`,
      `study.yaml:9:15 Wrong value of "tasks.a2t.metrics.0": found "blue": did you mean "bleu"?
        metrics: [blue]
                  ~~~~`,
      `study.yaml:11:12 Unknown task "atwot"
      - mt5 -> atwot
               ~~~~~`,
      `study.yaml:12:30 Wrong value of "learning_rate": found "abc", wanted a number
      - mt5 -> a2t(learning_rate=abc, epoch=1)
                                 ~~~`,
      `study.yaml:12:35 Unknown key "epoch": did you mean "epochs"?
      - mt5 -> a2t(learning_rate=abc, epoch=1)
                                      ~~~~~`,
    ])
  })

  it.each([
    ['', '1:1 The study is empty'],
    ['study: [', 'Cannot read YAML'],
    ['study: a\nstudy: b\n', '2:1 Cannot read YAML: map keys must be unique'],
    [`${head}chains: [mt5 -> a2t, mt5 -> a2t]\n`, '15:22 The chain "mt5 -> a2t" is given twice'],
    [`${head}chains: [mt5 -> mt6]\n`, 'Unknown task "mt6"'],
    [`${head}chains: [a2t -> res]\n`, 'A chain begins with a start, and "a2t" is a lesson'],
    [`${head}chains: [mtt -> res]\n`, '15:10 Unknown start "mtt": did you mean "mt5"?'],
    [`${head}chains: [tiny]\n`, 'Cannot test "tiny" as it has been taught nothing'],
    [`${head}`, 'Missing key "chains"'],
    [`${head}chains: []\n`, '15:1 Cannot use a study whose "chains" is empty: name at least one chain'],
    [`${head}sweeps: []\n`, '15:1 Cannot use a study whose "sweeps" is empty: name at least one chain'],
    [
      `${head}chains:\n  - mt5 -> a2t(prefix="zz: ")\n`,
      `16:30 Cannot read YAML: a chain that has a colon in it must be put in quotes: - 'mt5 -> a2t(prefix="zz: ")'`,
    ],
    [`${head}chains: ["mt5 -> a2t(epochs=1, steps=2)"]\n`, 'Cannot use both "epochs" and "steps"'],
    [
      `${head}chains: ["mt5 -> a2t(power=2)"]\n`,
      'Cannot use "power" where "schedule" is linear: it belongs to polynomial',
    ],
    [`${head}mixtures: { m: { of: { a2t: 2, b: 1 } } }\nchains: [mt5 -> a2t]\n`, '15:32 Unknown task "b"'],
    [`${head}mixtures: { m: { of: { a2t: 0 } } }\nchains: [mt5 -> a2t]\n`, 'found 0, wanted more than 0'],
    [
      `${head}chains: [mt5 -> a2t]\ntables: [{ task: a2t, paper: { mt5 -> at: { bleu: 1 } } }]\n`,
      'did you mean "mt5 -> a2t"?',
    ],
    [`${head.replace('classes: [Cost, Food]', 'classes: [Cost, cost]')}chains: [mt5 -> res]\n`, 'differ only in case'],
    [
      `${head.replace(', classes: [Cost, Food]', '')}chains: [mt5 -> res]\n`,
      'Missing key "classes" in "tasks.res.labels": list every label',
    ],
    [
      `${head.replace('column: policies, ', '')}chains: [mt5 -> res]\n`,
      'Missing key "column" in "tasks.res.labels": name the column with the labels, or "columns", one for each',
    ],
    [
      `${head.replace('column: policies', 'column: policies, columns: [a, b]')}chains: [mt5 -> res]\n`,
      'Cannot use both "column" and "columns": remove one of them',
    ],
    [
      `${head.replace('column: policies', 'columns: [a, b, c]')}chains: [mt5 -> res]\n`,
      'Wrong value of "tasks.res.labels.classes": found 2 labels for 3 columns, wanted one for each, in order',
    ],
    [
      `${head.replace('    target: title\n', '    metrics: [labels]\n')}chains: [mt5 -> a2t]\n`,
      'Cannot use the metric "labels"',
    ],
    [
      `${head.replace('split: { train: 8, validation: 1, test: 1 }', 'split: { train: 8 }')}chains: [mt5 -> a2t]\n`,
      'has no test rows',
    ],
    [`${head.replace('file: a.csv', 'file: $data/a.csv')}chains: [mt5 -> a2t]\n`, 'Unknown folder "data"'],
    [`${head}chains: [mt5 -> a2t]\nseeds: []\n`, 'wanted at least one item'],
    [`${head}chains: [mt5 -> a2t]\nseeds: [1.5]\n`, 'found 1.5, wanted a whole number'],
    [
      `${head}chains: [mt5 -> a2t]\nreport: { names: { mt5 -> a2d: Fresh, bleu: BLEU, a2t: Titles } }\n`,
      'Unknown chain, task or score "mt5 -> a2d": did you mean "mt5 -> a2t"?',
    ],
    [
      `${head.replace('train: 8, validation', 'stratify: true, group: x, validation')}chains: [mt5 -> a2t]\n`,
      'Cannot divide "a2t" by its labels as it has none: name a column',
    ],
    [
      `${head.replace('split: { test: 0.1 }', 'split: { test: 0.1, stratify: true, group: x }')}chains: [mt5 -> res]\n`,
      'Cannot use both "group" and "stratify"',
    ],
    [`${head}sweeps: [{ chain: mt5 -> a2t, learning_rat: [1] }]\n`, 'did you mean "learning_rate"?'],
  ])('says what is wrong: %#', (text, wanted) => {
    expect(faults(text).join('\n')).toContain(wanted)
  })

  it('is not fooled by names such as "constructor"', () => {
    const text = `${head}chains: [constructor -> toString, mt5 -> hasOwnProperty]\n`
    expect(faults(text).map((fault) => fault.split('\n')[0])).toEqual([
      'study.yaml:15:10 Unknown start "constructor": use mt5, tiny',
      'study.yaml:15:25 Unknown task "toString"',
      'study.yaml:15:42 Unknown task "hasOwnProperty"',
    ])
  })
})

it('readStudy() refuses names that no file can have, in a line that can be read', () => {
  const long = 'ä'.repeat(2500)
  const faults = (text: string): string[] => {
    const checked = readStudy(text, 'study.yaml')
    return 'faults' in checked ? checked.faults.map(({ message }) => message) : []
  }
  const study = `study: ${long}\nstarts: { m: { hub: a/b } }\ntasks: { ${long}: { data: { file: a.csv }, source: a, target: b } }\nchains: [m -> ${long}]\n`
  const found = faults(study)
  expect(
    found.filter((message) => message.includes('wanted at most 200 bytes, as files are named by it')),
  ).toHaveLength(2)
  expect(Math.max(...found.map((message) => message.length))).toBeLessThan(300)
})

it.each(['.', '..'])('readStudy() refuses the name "%s", by which tables would be written among the steps', (name) => {
  const checked = readStudy(`study: ${name}\nchains: []\n`, 'study.yaml')
  const found = 'faults' in checked ? checked.faults.map(({ message }) => message) : []
  expect(found.join('\n')).toContain('wanted another name, as a folder is named by it')
})
