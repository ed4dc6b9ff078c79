import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BleuGolden, expectNear, metricsGolden } from '../../../test/rig/metrics-golden.ts'
import { runCommand } from '../../../test/rig/run-command.ts'
import { addScoreCommand } from './score.ts'

const golden = metricsGolden<BleuGolden>('bleu')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-score-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const jsonLines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')
const score = (...args: string[]) => runCommand(addScoreCommand, ['score', ...args])
const scoreJson = async (...args: string[]) => JSON.parse((await score(...args, '--json')).out) as Record<string, never>

/** Files of a golden set, as JSONL of strings. */
function setFiles(set: string, references: number): string[] {
  const { hyps, refs } = golden.sets[set]!
  return [
    '--predictions',
    file(`${set}.jsonl`, jsonLines(hyps)),
    ...refs
      .slice(0, references)
      .flatMap((list, i) => ['--references', file(`${set}.reference-${i}.jsonl`, jsonLines(list))]),
  ]
}

describe('reteach score equals sacreBLEU within 1e-9', () => {
  const metricOf = { bleu: 'bleu', chrf: 'chrf', sentence_bleu: 'sentence-bleu' } as const
  it.each(
    golden.cases.map((wanted) => [`${wanted.metric} ${wanted.set} ${JSON.stringify(wanted.options)}`, wanted] as const),
  )('%s', async (_, wanted) => {
    const { force: _force, ...options } = wanted.options
    const flags = Object.entries(options).flatMap(([name, value]) => {
      const flag = `--${name.replaceAll('_', '-')}`
      return value === true ? [flag] : [flag, String(value)]
    })
    // What sacreBLEU takes for granted; here Chinese texts have their own tokenizer.
    if (wanted.metric !== 'chrf' && !('tokenize' in options)) flags.push('--tokenize', '13a')
    const found: Record<string, unknown> = await scoreJson(
      '--metric',
      metricOf[wanted.metric],
      ...flags,
      ...setFiles(wanted.set, wanted.nref),
    )
    if (wanted.metric === 'sentence_bleu') {
      expectNear(found.scores as number[], wanted.scores, 'score')
      return
    }
    expect(found.signature).toBe(wanted.signature)
    expectNear([found.score as number], [wanted.score], 'score')
    if (wanted.metric === 'chrf') return
    for (const name of ['counts', 'totals', 'precisions'] as const)
      expectNear(found[name] as number[], wanted[name], name)
    expectNear([found.bp, found.sys_len, found.ref_len] as number[], [wanted.bp, wanted.sys_len, wanted.ref_len])
  })
})

describe('reteach score --metric bleu', () => {
  const chinese = () => setFiles('chinese', 1)

  it('scores Chinese with zh and shows 13a next to it, each with its signature', async () => {
    const { signature, beside } = (await scoreJson('--metric', 'bleu', ...chinese())) as unknown as {
      signature: string
      beside: { signature: string }[]
    }
    expect(signature).toContain('|tok:zh|')
    expect(beside.map((other) => other.signature)).toEqual([
      'nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0',
    ])
    const { out } = await score('--metric', 'bleu', ...chinese())
    expect(out.match(/^BLEU = .*\n {2}nrefs:1\|/gm)).toHaveLength(2)
    expect(await scoreJson('--metric', 'bleu', '--tokenize', '13a', ...chinese())).not.toHaveProperty('beside')
    expect(await scoreJson('--metric', 'bleu', ...setFiles('english', 1))).not.toHaveProperty('beside')
  })

  it('reads plain lines, JSONL strings and objects alike', async () => {
    const { hyps, refs } = golden.sets.english!
    const wanted = await scoreJson('--metric', 'bleu', ...setFiles('english', 1))
    const lines = file('english.txt', `\ufeff${hyps.join('\r\n')}\r\n`)
    const references = file('english-reference.txt', refs[0]!.join('\n'))
    expect(await scoreJson('--metric', 'bleu', '--predictions', lines, '--references', references)).toEqual(wanted)
    const objects = file(
      'objects.jsonl',
      jsonLines(hyps.map((text, i) => ({ prediction: text, target: refs[0]![i], t: text }))),
    )
    expect(await scoreJson('--metric', 'bleu', '--predictions', objects)).toEqual(wanted)
    expect(
      await scoreJson(
        '--metric',
        'bleu',
        '--predictions',
        objects,
        '--references',
        objects,
        '--field',
        't',
        '--reference-field',
        'target',
      ),
    ).toEqual(wanted)
  })
})

describe('reteach score of the other metrics', () => {
  it('gives precision, recall and F of ROUGE and warns of Chinese', async () => {
    const predictions = file('a.txt', 'the river builds\n的知机\n')
    const references = file('b.txt', 'the river sleeps\n的知机\n')
    const found = await scoreJson('--metric', 'rouge', '--predictions', predictions, '--references', references)
    expect(Object.keys(found)).toEqual(['rouge1', 'rouge2', 'rougeL', 'rougeLsum', 'signature', 'warnings'])
    expect(found.rouge1).toEqual({ precision: 1 / 3, recall: 1 / 3, fmeasure: 1 / 3 })
    const { out, err } = await score('--metric', 'rouge', '--predictions', predictions, '--references', references)
    expect(out).toMatch(/rouge1 +0\.3333 +0\.3333 +0\.3333/)
    expect(err).toMatch(/^Warning: 1 of 2 references has no Latin letter/)
  })

  it('scores label lists and label lines, the list given or found', async () => {
    const predictions = file('labels.jsonl', jsonLines([['b', 'a'], [], ['d']]))
    const references = file('labels.txt', 'a, b\n\nc\n')
    const files = ['--predictions', predictions, '--references', references]
    const found = await scoreJson('--metric', 'labels', '--labels', 'a,b,c', ...files)
    expect(found).toMatchObject({ exact: 2 / 3, hamming: 1 / 9, macro_f1: 2 / 3, micro_f1: 0.8 })
    expect(found.per_label).toEqual([
      { label: 'a', precision: 1, recall: 1, f1: 1, support: 1 },
      { label: 'b', precision: 1, recall: 1, f1: 1, support: 1 },
      { label: 'c', precision: 0, recall: 0, f1: 0, support: 1 },
    ])
    expect(found.unknown).toEqual([{ label: 'd', count: 1 }])
    expect(found.samples_f1).toBeCloseTo(1 / 3, 12)
    expect(
      await scoreJson('--metric', 'labels', '--labels', '["a","b","c"]', '--zero-division', '1', ...files),
    ).toMatchObject({
      samples_f1: 2 / 3,
      signature: 'labels:3|zero_division:1|version:scikit-learn-1.9.1',
    })
    const names = (found: Record<string, unknown>) => (found.per_label as { label: string }[]).map(({ label }) => label)
    expect(names(await scoreJson('--metric', 'labels', ...files))).toEqual(['a', 'b', 'c', 'd'])
    expect((await score('--metric', 'labels', '--labels', 'a,b,c', ...files)).err).toMatch(/most often "d" \(1\)/)
  })

  it('takes a list of references a line as it takes several files', async () => {
    const { hyps, refs } = golden.sets[Object.keys(golden.sets).find((name) => golden.sets[name]!.refs.length > 1)!]!
    const predictions = ['--predictions', file('hyps.jsonl', jsonLines(hyps))]
    const files = refs.flatMap((list, i) => ['--references', file(`refs-${i}.jsonl`, jsonLines(list))])
    const rows = hyps.map((_, row) => ({ reference: refs.map((list) => list[row]) }))
    for (const metric of ['bleu', 'chrf', 'rouge', 'exact-match']) {
      const found = await scoreJson(
        '--metric',
        metric,
        ...predictions,
        '--references',
        file('lists.jsonl', jsonLines(rows)),
      )
      expect(found).toEqual(await scoreJson('--metric', metric, ...predictions, ...files))
    }
  })

  it('takes fewer references for some lines', async () => {
    const predictions = ['--predictions', file('p.jsonl', jsonLines(['a b c d e', 'f g h i j']))]
    const references = file('some.jsonl', jsonLines([['a b c d x', 'a b c d e'], 'f g h i j']))
    const { score: found } = await scoreJson('--metric', 'bleu', ...predictions, '--references', references)
    expect(found).toBeCloseTo(100, 9)
  })

  it('reads gzip and other encodings', async () => {
    const text = 'café, crème brûlée\ndéjà vu à la carte\n'
    const predictions = file('plain.txt', text)
    const others = {
      'latin1.txt': Buffer.from(text, 'latin1'),
      'utf16.txt': Buffer.from(`\u{FEFF}${text}`, 'utf16le'),
      'utf8.txt.gz': gzipSync(text),
      'lines.jsonl.gz': gzipSync(jsonLines(text.trim().split('\n'))),
    }
    for (const [name, bytes] of Object.entries(others)) {
      const found = await scoreJson(
        '--metric',
        'exact-match',
        '--predictions',
        predictions,
        '--references',
        file(name, bytes),
      )
      expect(found, name).toMatchObject({ exact: 1 })
    }
  })

  it('gives the interval of exact match', async () => {
    const predictions = file('x.txt', 'yes\nno\n')
    const references = file('y.txt', 'yes \nYes\n')
    const found = await scoreJson('--metric', 'exact-match', '--predictions', predictions, '--references', references)
    expect(found).toMatchObject({ exact: 0.5, signature: 'nrefs:1|case:mixed|strip:yes' })
    expect(found.low).toBeCloseTo(0.0945, 3)
  })
})

describe('reteach score tells in one sentence what is wrong', () => {
  const good = () => file('good.txt', 'a\nb\nc\n')
  const bleu =
    (predictions: string, ...more: string[]) =>
    () =>
      score('--metric', 'bleu', '--predictions', predictions, '--references', good(), ...more)
  const place = async (run: () => Promise<unknown>) => {
    try {
      await run()
    } catch (error) {
      return (error as { describe(): string }).describe().replace(folder, '')
    }
    throw new Error('Nothing was refused')
  }

  it('a missing file, a folder, an empty file', async () => {
    expect(await place(bleu(join(folder, 'none.txt')))).toBe('Cannot read "/none.txt" as there is no such file')
    expect(await place(bleu(folder))).toMatch(/as it is a folder$/)
    expect(
      await place(() =>
        score('--metric', 'bleu', '--predictions', file('e.txt', ''), '--references', file('f.txt', '')),
      ),
    ).toBe('/e.txt Cannot score an empty file')
  })

  it('unequal numbers of lines', async () => {
    expect(await place(bleu(file('two.txt', 'a\nb\n')))).toMatch(
      /^\/two\.txt:2 .* after 2 lines and ".*good\.txt" after 3 lines/,
    )
    expect(await place(bleu(file('four.txt', 'a\nb\nc\nd')))).toMatch(
      /^\/good\.txt:3 .* after 3 lines and ".*four\.txt" after 4/,
    )
  })

  it('ids of answers and references in another order, and others only with a note', async () => {
    const answers = (name: string, ids: readonly unknown[]) =>
      file(name, jsonLines(ids.map((id) => ({ id, prediction: 'a b' }))))
    const references = (ids: readonly unknown[]) =>
      file('ids.jsonl', jsonLines(ids.map((id) => ({ id, target: 'a b' }))))
    const scored = (mine: readonly unknown[], theirs: readonly unknown[]) =>
      score('--metric', 'bleu', '--predictions', answers('mine.jsonl', mine), '--references', references(theirs))
    expect(await place(() => scored(['a', 'b', 'c'], ['a', 'c', 'b']))).toMatch(
      /^\/mine\.jsonl:2 Cannot compare line by line as its id "b" is "c" in ".*ids\.jsonl", which has the same ids in another order/,
    )
    const told = (await scored([1, 2, 3], [0, 1, 2])).err
    expect(told).toMatch(
      /^Note: Lines are compared in their order, though line 1 of ".*mine\.jsonl" is another by its id: its id "1" is "0" in/,
    )
    for (const [mine, theirs] of [
      [
        [7, 8],
        ['7', '8'],
      ],
      [
        [1, 2],
        ['a', undefined],
      ],
    ] as const)
      expect((await scored(mine, theirs)).err).toBe('')
  })

  it('a line that is not JSON, not a text, empty, without the field', async () => {
    expect(await place(bleu(file('1.jsonl', '"a"\nb\n"c"\n')))).toMatch(/^\/1\.jsonl:2 Expected JSON, found "b"/)
    expect(await place(bleu(file('2.jsonl', '"a"\n"b"\n["c"]\n')))).toBe('/2.jsonl:3 Expected a text, found a list')
    expect(await place(bleu(file('3.jsonl', '"a"\n\n"c"\n')))).toBe('/3.jsonl:2 Expected JSON, found an empty line')
    const objects = file('4.jsonl', jsonLines([{ text: 'a' }, { txt: 'b' }, { text: 'c' }]))
    expect(await place(bleu(objects, '--field', 'text'))).toBe(
      '/4.jsonl:2 Cannot find "text" in this object, it has "txt": did you mean "txt"?',
    )
    expect(await place(bleu(objects))).toMatch(/^\/4\.jsonl:1 Cannot find "prediction" in this object, it has "text"/)
    expect(await place(() => score('--metric', 'bleu', '--predictions', good()))).toMatch(
      /^\/good\.txt:1 Expected a JSON object with "reference" or "target", found the string "a"/,
    )
  })

  it('a field of lines that are no objects', async () => {
    const plain = ['--metric', 'bleu', '--predictions', good(), '--references', good()]
    const told = (field: string) =>
      `Cannot use ${field} as no line is a JSON object: leave it out, or give a .jsonl file of objects`
    expect(await place(() => score(...plain, '--field', 'text'))).toBe(told('--field "text"'))
    expect(await place(() => score(...plain, '--reference-field', 'gold'))).toBe(told('--reference-field "gold"'))
    const objects = file('gold.jsonl', jsonLines([{ gold: 'a' }, { gold: 'b' }, { gold: 'c' }]))
    const mixed = ['--metric', 'bleu', '--predictions', good(), '--references', objects]
    expect(await place(() => score(...mixed, '--field', 'text', '--reference-field', 'gold'))).toBe(
      told('--field "text"'),
    )
    await score(...mixed, '--field', 'gold')
    await score(...mixed, '--reference-field', 'gold')
  })

  it('bytes of an encoding that cannot be told', async () => {
    expect(await place(bleu(file('russian.txt', Buffer.of(0xd1, 0xfa, 0xe5, 0xf8, 0xfc, 0x0a))))).toBe(
      'Cannot tell the encoding of "/russian.txt" from its bytes (the first odd one is on line 1): save it as UTF-8',
    )
  })

  it('another encoding than the one given, or one that nobody knows, by its flag', async () => {
    // "Привет" in windows-1251 and in UTF-8.
    const russian = Buffer.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2, 10])
    const files = ['--predictions', file('1251.txt', russian), '--references', file('1251-too.txt', russian)]
    const read = () => scoreJson('--metric', 'exact-match', ...files, '--encoding', 'windows-1251')
    expect(await read()).toMatchObject({ exact: 1 })
    expect(await place(() => score('--metric', 'bleu', ...files, '--encoding', 'utf-8'))).toBe(
      'Cannot decode "/1251.txt" as utf-8 as line 1 holds a byte that is not utf-8: give another --encoding or leave it out',
    )
    await expect(score('--metric', 'bleu', ...files, '--encoding', 'windows-1215')).rejects.toThrow(
      'It is no text encoding that is known. Did you mean "windows-125',
    )
  })

  it('an example without a reference', async () => {
    expect(
      await place(() =>
        score('--metric', 'bleu', '--predictions', good(), '--references', file('r.jsonl', '["a"]\n[]\n"c"\n')),
      ),
    ).toBe('/r.jsonl:2 Expected a reference, found none')
  })

  it('a reference label that is not in the list, a list of numbers', async () => {
    const references = file('gold.jsonl', jsonLines([['Cost'], ['BadFod']]))
    const labels = ['--metric', 'labels', '--labels', 'Cost,BadFood', '--predictions', references]
    expect(await place(() => score(...labels, '--references', references))).toBe(
      '/gold.jsonl:2 Cannot score labels as "BadFod" is not in --labels: did you mean "BadFood"?',
    )
    expect(await place(() => score(...labels, '--references', file('n.jsonl', '["Cost"]\n[1]\n')))).toBe(
      '/n.jsonl:2 Expected a list of labels as strings, found the number 1 in it',
    )
  })

  it('an option that the metric does not have', async () => {
    expect(await place(bleu(good(), '--stemmer'))).toBe('Cannot use --stemmer with --metric bleu: it belongs to rouge')
    expect(await place(bleu(good(), '--smooth-value', '1'))).toMatch(/without --smooth-method floor or add-k/)
    await expect(bleu(good(), '--max-ngram-order', '0')()).rejects.toThrow(/whole number of at least 1/)
    await expect(bleu(good(), '--tokenise', 'zh')()).rejects.toThrow(/unknown option '--tokenise'/)
  })
})
