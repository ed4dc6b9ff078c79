import { expect, test } from 'vitest'
import { apiName, lessonDefaults, lessonFromOptions, lessonFromStudy } from './lesson-settings.ts'
import { settingNames, settingRow } from './settings.ts'
import { inOrder, keyedSettings, settingOf, settingText, studyDefaults, type TeachSettings } from './teach-settings.ts'

test('lessonFromOptions() fills in what Seq2SeqTrainer does, and leaves out what the model or the engine decides', () => {
  expect(lessonFromOptions({ learningRate: 1e-3, batch: 4, steps: 9, maxTarget: 20 })).toEqual({
    learningRate: 1e-3,
    steps: 9,
    batch: 4,
    weightDecay: 0,
    adamBeta1: 0.9,
    adamBeta2: 0.999,
    adamEpsilon: 1e-8,
    maxGradNorm: 1,
    schedule: 'linear',
    warmupSteps: 0,
    order: 'shuffle',
    seed: 42,
    maxSource: 2 ** 31 - 1,
    maxTarget: 20,
  })
})

test('lessonFromStudy() says a study’s settings in the words of the trainer, with the seed of the chain', () => {
  const study: TeachSettings = { ...studyDefaults, dropout: 0.2, seed: 5, limits: { source: 64, target: 8 } }
  const lesson = lessonFromStudy(study, 7)
  expect(lesson).toMatchObject({ learningRate: 5e-4, epochs: 10, dropout: 0.2, maxSource: 64, maxTarget: 8, seed: 7 })
  expect(Object.keys(lesson)).not.toContain('keep')
  expect(Object.keys(lesson)).not.toContain('microBatch')
})

test('lessonDefaults has nothing that a lesson must be given or the model decides', () => {
  expect(Object.keys(lessonDefaults)).toContain('adamBeta2')
  for (const name of ['learningRate', 'batch', 'epochs', 'dropout', 'keep']) {
    expect(Object.keys(lessonDefaults)).not.toContain(name)
  }
})

test('every setting has a name of its own in the API and one sentence of help', () => {
  expect(new Set(settingNames.map(apiName)).size).toBe(settingNames.length)
  expect([apiName('adam_beta1'), apiName('limits.source')]).toEqual(['adamBeta1', 'maxSource'])
  for (const name of settingNames) expect(settingRow(name).help, name).toMatch(/^\S.*[^.]$/u)
})

test('settingOf() and settingText() read limits, too, and say what a lesson without the setting has', () => {
  expect(settingOf(studyDefaults, 'limits.source')).toBe(512)
  expect(settingText(studyDefaults, 'batch')).toBe('16')
  expect(settingText(studyDefaults, 'dropout')).toBe("the model's own")
  expect(settingText({ ...studyDefaults, dropout: 0 }, 'dropout')).toBe('0')
  const cosine: TeachSettings = { ...studyDefaults, schedule: 'cosine' }
  const texts = [{}, { num_cycles: 0.5 }, { num_cycles: 1 }].map((own) =>
    settingText({ ...cosine, ...own }, 'num_cycles'),
  )
  expect(texts).toEqual(["the schedule's own", "the schedule's own", '1'])
})

test('keyedSettings() leaves out what other inputs of the key have, and what changes no result', () => {
  const study: TeachSettings = { ...studyDefaults, prefix: 'a: ', seed: 3, evaluate_rows: 5, on_collapse: 'stop' }
  expect(keyedSettings(study)).toEqual(keyedSettings(studyDefaults))
  expect(keyedSettings(study)).toMatchObject({ keep: 'best', limits: { source: 512, target: 128 } })
  expect(keyedSettings({ ...study, micro_batch: 2 })).toMatchObject({ micro_batch: 2 })
})

test('inOrder() gives the same settings one text', () => {
  const { batch, ...rest } = studyDefaults
  expect(JSON.stringify(inOrder({ ...rest, batch }))).toBe(JSON.stringify(studyDefaults))
})

test('a setting that is newer than the key is left out of key and request where it has its default', () => {
  const cosine: TeachSettings = { ...studyDefaults, schedule: 'cosine' }
  expect(keyedSettings({ ...cosine, num_cycles: 0.5 })).toEqual(keyedSettings(cosine))
  expect(lessonFromStudy({ ...cosine, num_cycles: 0.5 }, 1)).toEqual(lessonFromStudy(cosine, 1))
  expect(keyedSettings({ ...cosine, num_cycles: 1 })).toMatchObject({ num_cycles: 1 })
  expect(lessonFromStudy({ ...cosine, num_cycles: 1 }, 1)).toMatchObject({ numCycles: 1 })
  // The default is that of the schedule.
  expect(keyedSettings({ ...cosine, schedule: 'cosine_with_restarts', num_cycles: 1 })).not.toHaveProperty('num_cycles')
})

test('rows name settings that there are, and a newer one has something that leaves it out of the key', () => {
  const names: readonly string[] = settingNames
  for (const name of settingNames) {
    const { insteadOf = name, belongsTo, key, default: usual } = settingRow(name)
    expect(names, name).toContain(insteadOf)
    expect(names, name).toContain(belongsTo?.setting ?? name)
    if (key === 'unless-default') expect(belongsTo ?? usual, name).toBeDefined()
  }
})
