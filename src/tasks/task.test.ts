import { describe, expect, it } from 'vitest'
import { clean } from './clean.ts'
import { labelSpecFaults } from './labels.ts'
import { presets } from './presets.ts'
import { type LabelTask, labelsTarget, readAnswer, readCell, sourceText, type TextTask, textTarget } from './task.ts'

const paperRes = presets.paper.tasks.res.task as LabelTask
const codeRes = presets['paper-code'].tasks.res.task as LabelTask
const codeA2t = presets['paper-code'].tasks.a2t.task as TextTask

describe('clean()', () => {
  it('puts spaces round punctuation and collapses white space, in the given order', () => {
    expect(clean(' Cold fries!(Again)\r\n Why? ', ['space-punctuation', 'collapse-spaces'])).toBe(
      'Cold fries ! ( Again ) Why ?',
    )
    expect(clean(' a\t b ', [])).toBe(' a\t b ')
    expect(clean(' a\t b ', ['trim'])).toBe('a\t b')
    expect(clean('BIG Straße Ⅷ', ['lowercase'])).toBe('big straße ⅷ')
  })
})

describe('sourceText()', () => {
  it("leaves the prefix out of a lesson where the paper's program does, but not of a test", () => {
    expect(sourceText(codeA2t, 'We study x.', 'teach')).toBe('We study x.')
    expect(sourceText(codeA2t, 'We study x.', 'test')).toBe('abstract to title: We study x.')
    expect(sourceText(paperRes, 'Cold.', 'teach')).toBe('multi-label classification: Cold.')
    expect(sourceText(codeRes, 'Cold.', 'test')).toBe('restaurant review multilabel classification: Cold .')
  })
})

describe('label tasks', () => {
  it('read a cell, write a target and read it back', () => {
    const { labels, unknown } = readCell(codeRes, 'SlowService\rCost')
    expect(unknown).toEqual([])
    expect(labelsTarget(codeRes, labels)).toBe('slowservice , cost')
    expect(readAnswer(codeRes, 'cost , slowservice').labels).toEqual(['Cost', 'SlowService'])
    expect(labelsTarget(codeRes, readCell(codeRes, 'na').labels)).toBe('none')
  })

  it('with a single label read cell and answer as a whole', () => {
    const single: LabelTask = { ...codeRes, kind: 'label' }
    expect(readCell(single, 'Cost\nFilthy').unknown).toEqual(['Cost\nFilthy'])
    expect(readAnswer(single, 'cost , filthy').unknown).toEqual(['cost , filthy'])
  })
})

describe('textTarget()', () => {
  it('cleans the target as the task says', () => {
    expect(textTarget({ ...codeA2t, clean: ['collapse-spaces'] }, ' A\n  title ')).toBe('A title')
  })
})

describe('presets', () => {
  it('have sound labels and the sizes that the paper gives', () => {
    for (const family of Object.values(presets)) {
      expect(labelSpecFaults((family.tasks.res.task as LabelTask).labels)).toEqual([])
      const { train, validation, test } = family.tasks.res.split
      expect(train + validation + test).toBe(1525)
      expect(Object.values(family.tasks).map(({ task }) => [task.limits.source, task.limits.target])).toEqual([
        [512, 128],
        [128, 128],
        [450, 20],
      ])
    }
  })
})
