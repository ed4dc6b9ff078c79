import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readEvents } from '../../src/tensorboard/event-file.ts'
import { type CliResult, runCli } from '../rig/cli.ts'
import { writeStudyFolder } from '../rig/study-folder.ts'

interface JsonReport {
  readonly study: string
  readonly steps: Readonly<
    Record<
      'finished' | 'reused' | 'failed' | 'blocked',
      { kind: string; key: string; label: string; reason?: string }[]
    >
  >
  readonly tables: {
    task: string
    columns: { name: string; signature: string }[]
    rows: { chain: string; updates: number; mean: Record<string, number>; seeds: { evaluation: string }[] }[]
    finding: string
  }[]
}

/** A disk that is soon full needs the right to mount one. */
function canMount(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'reteach-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe], { stdio: 'ignore' })
    execFileSync('umount', [probe])
    return true
  } catch {
    return false
  } finally {
    rmSync(probe, { recursive: true, force: true })
  }
}

/** Writes until there is no room for a page more. */
function fill(disk: string): void {
  for (const bytes of [2 ** 20, 2 ** 12]) {
    try {
      for (;;) appendFileSync(join(disk, 'filling'), Buffer.alloc(bytes))
    } catch {
      // Full.
    }
  }
}

const report = ({ out }: CliResult): JsonReport => JSON.parse(out) as JsonReport

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-e2e-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('reteach run', () => {
  it('teaches CSV, TSV and JSONL tasks, shares prefixes, prints tables, and does nothing the second time', async () => {
    const study = writeStudyFolder(join(folder, 'whole'))
    const store = join(folder, 'store')
    const first = await runCli(['run', study, '--store', store, '--json'], { cwd: folder })
    expect(first.err).toMatch(/3 chains, 10 steps; store/)
    expect(first.code).toBe(0)
    const { steps, tables } = report(first)
    expect(steps.finished.filter(({ kind }) => kind === 'teach').map(({ label }) => label)).toEqual([
      'teach flan -> a2t, seed 1',
      'teach flan -> res, seed 1',
      'teach flan -> res -> a2t, seed 1',
      'teach flan -> res -> trans, seed 1',
    ])
    expect(tables.map(({ task, rows }) => [task, rows.map(({ chain, updates }) => [chain, updates])])).toEqual([
      [
        'a2t',
        [
          ['flan -> a2t', 5],
          ['flan -> res -> a2t', 10],
        ],
      ],
      ['trans', [['flan -> res -> trans', 9]]],
    ])
    expect(
      tables[1]!.columns.map(({ name, signature }) => [name, /tok:(\w+)/u.exec(signature)?.[1]]).slice(0, 2),
    ).toEqual([
      ['bleu', 'zh'],
      ['bleu-13a', '13a'],
    ])
    expect(tables[0]!.finding).toMatch(/^On a2t \(bleu\), flan -> res -> a2t is /)
    const model = join(store, 'teach', steps.finished.find(({ kind }) => kind === 'teach')!.key)
    expect(readdirSync(model)).toEqual(
      expect.arrayContaining([
        'config.json',
        'done.json',
        'log.jsonl',
        'model.safetensors',
        'step.json',
        'tokenizer.json',
      ]),
    )
    expect(readFileSync(join(model, 'log.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(5)

    const second = await runCli(['run', study, '--store', store, '--json'], { cwd: folder })
    expect(second.err).toContain('nothing to do')
    expect(report(second).steps.finished).toEqual([])
    expect(report(second).tables).toEqual(tables)

    const printed = await runCli(['run', study, '--store', store], { cwd: folder })
    expect(printed.out).toMatch(/chain +bleu +rougeL +rouge1 +rouge2 +updates +minutes\nflan -> a2t +/)
    expect(printed.err).not.toContain('\u001b')
  }, 120_000)

  it('goes on where a killed call was, and ends with the same weights as one that was not killed', async () => {
    const longer = (text: string): string =>
      text.replace('epochs: 1', 'epochs: 12').replace(/chains:.*seeds/su, 'chains: [flan -> a2t]\nseeds')
    const study = writeStudyFolder(join(folder, 'killed'), longer)
    const whole = await runCli(['run', study, '--store', join(folder, 'whole-store'), '--json'], { cwd: folder })
    const key = report(whole).steps.finished.find(({ kind }) => kind === 'teach')!.key
    const weights = (store: string): unknown =>
      (
        JSON.parse(readFileSync(join(folder, store, 'teach', key, 'step.json'), 'utf8')) as {
          result: { weightsSha256: string }
        }
      ).result.weightsSha256

    const curves = join(folder, 'curves')
    const args = ['run', study, '--store', join(folder, 'killed-store'), '--json', '--tensorboard', curves]
    const updates = (): number => {
      const log = join(folder, 'killed-store', 'teach', `${key}.state`, 'log.jsonl')
      return existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0
    }
    const stopAfter = (count: number, signal: NodeJS.Signals): Promise<CliResult> => {
      let asked = false
      return runCli(args, {
        cwd: folder,
        whileRunning: (child) => {
          if (!asked && updates() >= count) asked = child.kill(signal)
        },
      })
    }
    /** The end of a terminal, which the shell and the system tell the whole group of processes. */
    const hangUpAfter = (count: number, env?: Record<string, string>): Promise<CliResult> => {
      let asked = false
      return runCli(args, {
        cwd: folder,
        detached: true,
        ...(env && { env }),
        whileRunning: ({ pid }) => {
          if (asked || updates() < count) return
          for (let told = 0; told < 2; told++) process.kill(-pid!, 'SIGHUP')
          asked = true
        },
      })
    }
    /** Of all updates that TensorBoard would show. */
    const shown = (): number[] => {
      const run = join(curves, readdirSync(curves)[0]!)
      const { events } = readEvents(readFileSync(join(run, readdirSync(run)[0]!)))
      return events.filter(({ values }) => 'train/loss' in values).map(({ step }) => step)
    }
    const interrupted = await stopAfter(5, 'SIGINT')
    expect(interrupted.code).toBe(130)
    expect(interrupted.err).toContain(
      'Stopped: finished steps are kept, and the next run goes on from what is saved of "teach',
    )
    expect(existsSync(join(folder, 'killed-store', 'teach', key))).toBe(false)
    expect(shown()).toHaveLength(updates())
    const hungUp = await hangUpAfter(updates() + 3)
    expect(hungUp.code).toBe(129)
    expect(hungUp.err).toContain('the next run goes on from what is saved of "teach')
    expect(existsSync(join(folder, 'killed-store', 'teach', `${key}.state`, 'state.bin'))).toBe(true)
    const killed = await stopAfter(updates() + 10, 'SIGKILL')
    expect(killed.signal).toBe('SIGKILL')
    const last = await hangUpAfter(updates() + 3, { _: '/usr/bin/nohup' })
    expect(last.code).toBe(0)
    expect(report(last).steps.reused.map(({ label }) => label)).toContain('prepare a2t')
    expect(weights('killed-store')).toBe(weights('whole-store'))
    expect(readdirSync(join(folder, 'killed-store', 'teach'))).toEqual([key])
    expect(readdirSync(join(folder, 'killed-store')).filter((name) => name.startsWith('run-'))).toEqual([])
    const log = readFileSync(join(folder, 'killed-store', 'teach', key, 'log.jsonl'), 'utf8')
    expect(shown()).toEqual(
      log
        .trim()
        .split('\n')
        .map((_, at) => at + 1),
    )
  }, 120_000)

  it('lets two runs share one store: each step is done once', async () => {
    const study = writeStudyFolder(join(folder, 'two'))
    const args = ['run', study, '--store', join(folder, 'two-store'), '--json']
    const [a, b] = await Promise.all([runCli(args, { cwd: folder }), runCli(args, { cwd: folder })])
    expect([a.code, b.code]).toEqual([0, 0])
    const done = [...report(a!).steps.finished, ...report(b!).steps.finished].map(({ label }) => label)
    expect(done.toSorted()).toEqual([...new Set(done)].toSorted())
    expect(done).toHaveLength(10)
    expect(report(a!).tables).toEqual(report(b!).tables)
  }, 120_000)
})

describe('reteach run, bad input', () => {
  const failing = async (name: string, change: (folder: string) => void, text?: (study: string) => string) => {
    const own = join(folder, name)
    const study = writeStudyFolder(own, text)
    change(own)
    return await runCli(['run', study], { cwd: folder })
  }

  it.each([
    ['a missing file', (own: string) => rmSync(join(own, 'titles.csv')), 'study.yaml:10:19 Cannot find "titles.csv"'],
    [
      'a missing model',
      (own: string) => rmSync(join(own, 'model'), { recursive: true }),
      'study.yaml:3:17 Cannot find "./model"',
    ],
    [
      'a model without tokenizer',
      (own: string) => ['tokenizer.json', 'spiece.model'].forEach((name) => void rmSync(join(own, 'model', name))),
      'Cannot use model "./model" as it has no tokenizer',
    ],
    ['a model without weights', (own: string) => rmSync(join(own, 'model', 'model.safetensors')), 'it has no weights'],
    ['a cut model', (own: string) => truncateSync(join(own, 'model', 'model.safetensors'), 5000), 'model.safetensors'],
    ['an empty table', (own: string) => writeFileSync(join(own, 'titles.csv'), ''), 'titles.csv'],
    [
      'a table of names only',
      (own: string) => writeFileSync(join(own, 'titles.csv'), 'abstract,title\n'),
      'has no rows',
    ],
    [
      'a label that is not in the list',
      (own: string) => writeFileSync(join(own, 'reviews.tsv'), `review\tpolicies\n${'a\tCost\n'.repeat(70)}b\tCots\n`),
      /Unknown label "Cots" in column "policies" of row 71 of ".*reviews\.tsv" \(line 72\): did you mean "Cost"\?/,
    ],
    [
      'a column that is not there',
      (own: string) => writeFileSync(join(own, 'titles.csv'), `abstract,titel\n${'a,b\n'.repeat(70)}`),
      /study\.yaml:\d+:\d+ Cannot find column "title" in "titles\.csv", .*did you mean "titel"\?/,
    ],
  ])(
    'names %s in one sentence and exits with 1',
    async (name, change, wanted) => {
      const { code, err } = await failing(name.replaceAll(' ', '-'), change)
      expect(err).toMatch(wanted)
      expect(err).not.toMatch(/^\s+at .*\.js:\d+/mu)
      expect(code).toBe(1)
    },
    60_000,
  )

  it('stops a lesson whose loss is no longer a number, and finishes what does not need it', async () => {
    const { code, err, out } = await failing(
      'nan',
      () => {},
      (text) => text.replace('flan -> a2t', 'flan -> a2t(learning_rate=1e30)'),
    )
    expect(err).toMatch(
      /teach flan -> a2t\(learning_rate=1e\+30\), seed 1 {2}failed: Cannot go on teaching as the (loss|gradient norm) is /,
    )
    expect(err).toMatch(/1 failed, 1 not tried/)
    expect(out).toContain('flan -> res -> trans')
    expect(code).toBe(1)
  }, 60_000)

  it.skipIf(!canMount())(
    'says that the disk is full, keeps what is finished, and goes on when there is space',
    async () => {
      const disk = join(folder, 'disk')
      mkdirSync(disk)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
      try {
        const study = writeStudyFolder(join(folder, 'full'), (text) =>
          text.replace(/chains:.*seeds/su, 'chains: [flan -> a2t]\nseeds'),
        )
        const args = ['run', study, '--store', join(disk, 'store'), '--json']
        const full = await runCli(args, { cwd: folder })
        expect(full.err).toMatch(
          /Cannot write ".*disk\/store.*" as the disk is full \([0-9]+ MB left\): free some space and run again/,
        )
        expect(full.code).toBe(1)
        expect(report(full).steps.finished.map(({ label }) => label)).toEqual(['prepare a2t'])
        execFileSync('mount', ['-o', 'remount,size=60m', disk])
        const again = await runCli(args, { cwd: folder })
        expect(again.code).toBe(0)
        expect(report(again).steps.finished.map(({ kind }) => kind)).toEqual(['teach', 'evaluate'])
        fill(disk)
        const told = await runCli(['report', study, '--store', join(disk, 'store'), '--json'], { cwd: folder })
        expect(told.err).toMatch(/The disk of ".*store" is full: tables and figures are not written anew/)
        expect([told.code, report(told).tables]).toEqual([0, report(again).tables])
        const tidied = await runCli(['gc', study, '--store', join(disk, 'store'), '--weights', 'none'], { cwd: folder })
        expect(tidied.out).toMatch(/^kept for later (?:.*\n)+weights of teach /)
        expect(tidied.code).toBe(0)
      } finally {
        execFileSync('umount', ['-l', disk])
      }
    },
    60_000,
  )

  it('names the nearest option and exits with 2', async () => {
    const { code, err } = await runCli(['run', 'study.yaml', '--stor', 'x'], { cwd: folder })
    expect(err).toContain("error: unknown option '--stor'\n(Did you mean --store?)")
    expect(code).toBe(2)
  })
})
