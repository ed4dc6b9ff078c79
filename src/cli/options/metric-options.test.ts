import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lengthKind } from '../../../test/rig/outside-metric.ts'
import { runCommand } from '../../../test/rig/run-command.ts'
import type { TextMetricKind } from '../../metrics/metric.ts'
import { metricKinds } from '../../metrics/registry.ts'
import { addCompareCommand } from '../commands/compare.ts'
import { addScoreCommand } from '../commands/score.ts'

const kinds = [...metricKinds, lengthKind]
const add = (program: Command): void => {
  addScoreCommand(program, kinds)
  addCompareCommand(program, kinds)
}
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-metric-options-'))
  write('wanted.txt', 'a b c')
  write('near.txt', 'a b cd')
  write('far.txt', 'a')
})
afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, line: string): void {
  writeFileSync(join(folder, name), `${line}\n`.repeat(20))
}

const path = (name: string): string => join(folder, `${name}.txt`)
const score = (...args: string[]) =>
  runCommand(add, ['score', '--predictions', path('near'), '--references', path('wanted'), ...args])

describe('a metric from outside', () => {
  it('is scored with its options, all together and by sentences', async () => {
    expect((await score('--metric', 'length-gap')).out).toBe('length = 0.2000\n  spaces:yes|unit:letters\n')
    expect(JSON.parse((await score('--metric', 'length-gap', '--no-spaces', '--json')).out)).toEqual({
      gap: 1 / 3,
      signature: 'spaces:no|unit:letters',
    })
    expect((await score('--metric', 'sentence-length-gap', '--unit', 'words')).out).toBe(
      `${'0.0000\n'.repeat(20)}  spaces:yes|unit:words\n`,
    )
  })

  it('shares an option with another default, which the help tells and the command line can turn off', async () => {
    const caseSensitive = { name: 'caseSensitive', type: 'switch', help: 'heed case' } as const
    const made: unknown[] = []
    const heeding: TextMetricKind = {
      ...lengthKind,
      name: 'heeding',
      title: 'Heeding',
      options: [{ ...caseSensitive, default: true, off: 'do not' }],
      make: (options) => {
        made.push(options.caseSensitive)
        return lengthKind.make({})
      },
    }
    const other: TextMetricKind = {
      ...lengthKind,
      name: 'other',
      title: 'Other',
      options: [{ ...caseSensitive, default: false, off: 'do not' }],
    }
    const addBoth = (program: Command): void => addScoreCommand(program, [other, heeding])
    const files = ['--predictions', path('near'), '--references', path('wanted')]
    await runCommand(addBoth, ['score', ...files, '--metric', 'heeding', '--no-case-sensitive'])
    expect(made).toContain(false)
    const program = new Command()
    addBoth(program)
    const help = program.commands[0]!.helpInformation().replaceAll(/\s+/g, ' ')
    expect(help).toContain('Other, Heeding: heed case (default: off for Other, on for Heeding)')
  })

  it('keeps its options to itself', async () => {
    await expect(score('--metric', 'bleu', '--no-spaces')).rejects.toThrow(
      'Cannot use --no-spaces with --metric bleu: it belongs to length-gap, sentence-length-gap',
    )
    await expect(score('--metric', 'length-gap', '--unit', 'lines')).rejects.toThrow(
      /Allowed choices are letters, words/,
    )
  })

  it('is compared by its direction', async () => {
    const compare = async (first: string, second: string) => {
      const options = ['--metric', 'length-gap', '--references', path('wanted')]
      return (await runCommand(add, ['compare', path(first), path(second), ...options])).out
    }
    expect(await compare('far', 'near')).toContain(`gap: ${path('near')} is lower, which is better (p `)
    expect(await compare('near', 'far')).toContain(`gap: ${path('far')} is higher, which is worse (p `)
  })
})
