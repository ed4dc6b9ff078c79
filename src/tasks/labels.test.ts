import { describe, expect, it } from 'vitest'
import { seededRandom } from '../base/random.ts'
import {
  type LabelSpec,
  labelOfCell,
  labelSpecFaults,
  labelsOfCell,
  labelTarget,
  parseLabelAnswer,
  parseSingleLabelAnswer,
} from './labels.ts'

const reviews: LabelSpec = {
  classes: ['OrderProblem', 'BadFood', 'SlowService', 'Filthy'],
  separator: '\n',
  none: ['na'],
  answer: { separator: ' , ', none: 'none', lowercase: true, order: 'classes' },
}
const hard: LabelSpec = {
  classes: ['food', 'food, cold', 'cold, rude', 'rude', 'Lärm und Schmutz'],
  separator: ',',
  none: ['-'],
  answer: { separator: ', ', none: 'nothing', lowercase: false, order: 'row' },
}

describe('labelsOfCell()', () => {
  it('takes any line end for a line separator', () => {
    for (const end of ['\n', '\r', '\r\n']) {
      expect(labelsOfCell(`SlowService${end}BadFood`, reviews)).toEqual({
        labels: ['SlowService', 'BadFood'],
        unknown: [],
      })
    }
  })

  it('reads an empty cell and a text for none as no label, also beside labels', () => {
    expect(labelsOfCell('', reviews)).toEqual({ labels: [], unknown: [] })
    expect(labelsOfCell(' na ', reviews)).toEqual({ labels: [], unknown: [] })
    expect(labelsOfCell('Filthy\nna', reviews)).toEqual({ labels: ['Filthy'], unknown: [] })
  })

  it('keeps to the spelling of the classes and gives what it does not know', () => {
    expect(labelsOfCell('badfood\n Filthy \nBadFood Filthy', reviews)).toEqual({
      labels: ['Filthy'],
      unknown: ['badfood', 'BadFood Filthy'],
    })
  })

  it('finds labels that contain the separator', () => {
    expect(labelsOfCell('rude,food, cold', hard)).toEqual({ labels: ['rude', 'food, cold'], unknown: [] })
    expect(labelsOfCell('food,rude', hard)).toEqual({ labels: ['food', 'rude'], unknown: [] })
  })

  it('does not take a name of Object.prototype for a label', () => {
    expect(labelsOfCell('constructor', reviews).unknown).toEqual(['constructor'])
  })
})

describe('labelOfCell()', () => {
  it('reads the whole cell as one label', () => {
    expect(labelOfCell(' food,  cold', { ...hard, classes: ['food', 'food, cold'] }).labels).toEqual(['food, cold'])
    expect(labelOfCell('food,rude', hard)).toEqual({ labels: [], unknown: ['food,rude'] })
    expect(labelOfCell('-', hard)).toEqual({ labels: [], unknown: [] })
  })
})

describe('labelTarget()', () => {
  it('writes classes in their order or in that of the row', () => {
    const labels = ['SlowService', 'OrderProblem', 'SlowService']
    expect(labelTarget(labels, reviews)).toBe('orderproblem , slowservice')
    const byRow = { ...reviews, answer: { ...reviews.answer, order: 'row', lowercase: false } as const }
    expect(labelTarget(labels, byRow)).toBe('SlowService , OrderProblem')
  })

  it('writes the text for none for an empty set', () => {
    expect(labelTarget([], reviews)).toBe('none')
  })

  it('refuses a label that is no class', () => {
    expect(() => labelTarget(['Dirt'], reviews)).toThrow(/"Dirt"/)
  })
})

describe('parseLabelAnswer()', () => {
  it('forgives case, spaces, order and duplicates and counts what is no label', () => {
    expect(parseLabelAnswer('slowservice,Bad Food ,  SLOWSERVICE , dirt , dirt', reviews)).toEqual({
      labels: ['SlowService', 'BadFood'],
      unknown: ['dirt', 'dirt'],
    })
  })

  it('forgives a missing separator, a trailing one, and full-width forms', () => {
    expect(parseLabelAnswer('filthy badfood ,', reviews)).toEqual({ labels: ['Filthy', 'BadFood'], unknown: [] })
    expect(parseLabelAnswer('ｆｉｌｔｈｙ，badfood', reviews).labels).toEqual(['Filthy', 'BadFood'])
  })

  it('reads none, and an empty answer, as the empty set', () => {
    for (const answer of ['none', ' None ', '', ' , ']) {
      expect(parseLabelAnswer(answer, reviews)).toEqual({ labels: [], unknown: [] })
    }
    expect(parseLabelAnswer('none , filthy', reviews).labels).toEqual(['Filthy'])
  })

  it('does not find a label inside other words', () => {
    expect(parseLabelAnswer('not badfood , filthyness', reviews)).toEqual({
      labels: [],
      unknown: ['not badfood', 'filthyness'],
    })
  })

  it('reads labels with separators by the fewest unknown pieces, then the longest first label', () => {
    expect(parseLabelAnswer('food, cold, rude', hard).labels).toEqual(['food, cold', 'rude'])
    expect(parseLabelAnswer('Food, Cold', hard).labels).toEqual(['food, cold'])
    const chained = { ...hard, classes: ['a', 'a, b', 'b, c'] }
    expect(parseLabelAnswer('a, b, c', chained)).toEqual({ labels: ['a', 'b, c'], unknown: [] })
  })

  it('separates at a word only where the word stands alone', () => {
    const spec = {
      ...hard,
      classes: ['sandy', 'brand', 'salt and pepper'],
      answer: { ...hard.answer, separator: ' and ' },
    }
    expect(parseLabelAnswer('sandy and salt and pepper and grand', spec)).toEqual({
      labels: ['sandy', 'salt and pepper'],
      unknown: ['grand'],
    })
  })

  it('reads answers that are separated by white space only', () => {
    const spec = { ...hard, answer: { ...hard.answer, separator: ' ' } }
    expect(parseLabelAnswer('rude lärm UND schmutz food, cold dirt', spec)).toEqual({
      labels: ['rude', 'Lärm und Schmutz', 'food, cold'],
      unknown: ['dirt'],
    })
  })

  it('reads back every set that labelTarget() writes', () => {
    const random = seededRandom(7)
    for (const spec of [reviews, { ...hard, classes: ['food', 'hot, cold', 'rude', 'Lärm und Schmutz'] }]) {
      for (let round = 0; round < 200; round++) {
        const labels = spec.classes.filter(() => random.below(2) === 1)
        const target = labelTarget(labels, spec)
        expect(parseLabelAnswer(target, spec)).toEqual({ labels, unknown: [] })
      }
    }
  })

  it('reads back labels that together spell another one', () => {
    const spec = { ...hard, classes: ['A', 'B', 'A, B', 'B, A, C', 'C'] }
    for (const order of ['classes', 'row'] as const) {
      for (let bits = 0; bits < 8; bits++) {
        const labels = ['A', 'B', 'A, B'].filter((_, i) => (bits & (1 << i)) > 0)
        const target = labelTarget(labels, { ...spec, answer: { ...spec.answer, order } })
        expect(parseLabelAnswer(target, spec).labels.toSorted(), target).toEqual(labels.toSorted())
      }
    }
    expect(labelTarget(['A', 'B'], spec)).toBe('B, A')
  })

  it('takes linear time for an answer of many words that could be cut in many ways', () => {
    const spec = { ...hard, classes: ['a', 'aa', 'aaa'] }
    expect(parseLabelAnswer(`${'a '.repeat(400)}b`, spec).unknown).toHaveLength(1)
  })
})

describe('parseSingleLabelAnswer()', () => {
  it('takes the whole answer for one label or for none', () => {
    expect(parseSingleLabelAnswer('COLD,RUDE', hard)).toEqual({ labels: ['cold, rude'], unknown: [] })
    expect(parseSingleLabelAnswer('food, rude', hard)).toEqual({ labels: [], unknown: ['food, rude'] })
    expect(parseSingleLabelAnswer('Nothing', hard)).toEqual({ labels: [], unknown: [] })
  })
})

describe('labelSpecFaults()', () => {
  it('finds nothing wrong with sound labels', () => {
    expect(labelSpecFaults(reviews)).toEqual([])
    expect(labelSpecFaults(hard)).toEqual([])
  })

  it('names every fault at once', () => {
    const faults = labelSpecFaults({
      classes: ['BadFood', 'bad food', 'Cost', 'Cost', 'None', ' ', 'na'],
      separator: '',
      none: ['na'],
      answer: { ...reviews.answer, separator: '' },
    })
    expect(faults).toHaveLength(7)
    expect(faults.join('\n')).toMatch(/"BadFood" and "bad food" differ only/)
    expect(faults.join('\n')).toMatch(/"Cost" is given twice/)
    expect(faults.join('\n')).toMatch(/"None" is also the answer for no label/)
    expect(faults.join('\n')).toMatch(/"na" is also a text for no label/)
  })
})
