import { Command } from 'commander'
import { expect, it } from 'vitest'
import { settingNames, settingRow } from '../../lesson/settings.ts'
import { trueOrFalse } from './option-values.ts'
import { addSettingOptions, flagName, settingFlags } from './setting-options.ts'

function parse(...flags: string[]): Record<string, unknown> {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} })
  addSettingOptions(addSettingOptions(command, 'required'), 'optional')
  return command.parse(['--learning-rate', '1e-3', '--batch', '4', ...flags], { from: 'user' }).opts()
}

it('addSettingOptions() has a flag for every setting that needs no study, and reads its kind of value', () => {
  const flags = settingNames.filter((name) => settingRow(name).flag !== undefined).map(flagName)
  const command = new Command()
  addSettingOptions(addSettingOptions(command, 'required'), 'optional')
  expect(command.options.map(({ long }) => long).sort()).toEqual(flags.sort())
  expect(
    parse('--adam-beta1', '0.8', '--evaluate-every', '5', '--max-source', '64', '--schedule', 'cosine'),
  ).toMatchObject({ learningRate: 1e-3, adamBeta1: 0.8, adamBeta2: 0.999, evaluateEvery: 5, maxSource: 64 })
  expect(parse('--evaluate-every', 'epoch', '--prefix', 'a: ')).toMatchObject({ evaluateEvery: 'epoch', prefix: 'a: ' })
})

it('addSettingOptions() says each default once', () => {
  const command = new Command()
  addSettingOptions(addSettingOptions(command, 'required'), 'optional')
  const help = (flag: string) => command.options.find(({ long }) => long === flag)!.description
  expect(help('--dropout')).toBe("dropout rate (default: the model's own)")
  expect(help('--power')).toBe('power of the polynomial schedule (default: 1)')
  expect(help('--adafactor-decay-rate')).toMatch(/^Adafactor: [^(]*by 1 - t\^rate \(default: -0\.8\)$/iu)
  for (const { description } of command.options) {
    expect(description.match(/default/gu)?.length ?? 0, description).toBeLessThan(2)
  }
})

it('addSettingOptions() leaves to the model, the engine and the study what they decide', () => {
  const options = parse()
  for (const name of ['dropout', 'microBatch', 'maxSource', 'evaluateEvery', 'epochs']) {
    expect(Object.keys(options)).not.toContain(name)
  }
})

it.each([
  [['--warmup-ratio', '2'], 'Wanted a number of at least 0 and at most 1.'],
  [['--adam-beta1', '1'], 'Wanted a number of at least 0 and below 1.'],
  [['--dropout', '1'], 'Wanted a number of at least 0 and below 1.'],
  [['--epochs', '0'], 'Wanted a number above 0.'],
  [['--evaluate-every', 'often'], 'Wanted epoch, or a whole number of at least 1.'],
  [['--device', 'gpu'], 'Allowed choices are cpu, webgpu, auto. Did you mean "webgpu"?'],
  [['--optimizer', 'adafctor'], 'Did you mean "adafactor"?'],
  [['--schedule', 'steep'], 'Allowed choices are linear, constant'],
])('addSettingOptions() refuses %j', (flags, message) => {
  expect(() => parse(...flags)).toThrow(message)
})

it('trueOrFalse() takes the words of a file only', () => {
  expect(['true', 'false'].map(trueOrFalse)).toEqual([true, false])
  expect(() => trueOrFalse('1')).toThrow('Wanted true or false.')
})

it('addSettingOptions() keeps flags short enough for the help to be wrapped at 80 columns', () => {
  const command = new Command()
  addSettingOptions(addSettingOptions(command, 'required'), 'optional')
  const lines = command.configureHelp({ helpWidth: 80 }).helpInformation().split('\n')
  expect(lines.filter((line) => line.length > 80)).toEqual([])
})

it('settingFlags() names settings that are to be given as flags, and leaves names of files', () => {
  expect(settingFlags('Cannot teach: give "memory" at least that, or leave "stopAfter" out')).toBe(
    'Cannot teach: give "--memory" at least that, or leave "--stop-after" out',
  )
  expect(settingFlags('Cannot read "memory": give "limits.source" or "memory.jsonl"')).toBe(
    'Cannot read "memory": give "--max-source" or "memory.jsonl"',
  )
})
