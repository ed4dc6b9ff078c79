import { expect, it } from 'vitest'
import { lessonCurves } from './lesson-curves.ts'

it('lessonCurves() has a curve for the losses of updates, and for the loss and every score of evaluations', () => {
  const updates = [{ step: 1, loss: 2.1234567 }, { step: 2, loss: null }, { loss: 3 }]
  const evaluations = [
    { step: 2, loss: 1.5, scores: { macro_f1: 2 / 3, 'x.bleu': null } },
    { step: 4, loss: 1 },
  ]
  expect(Object.fromEntries(lessonCurves(updates, evaluations))).toEqual({
    'training loss': [
      [1, 2.1235],
      [2, null],
    ],
    'validation loss': [
      [2, 1.5],
      [4, 1],
    ],
    // As exact as what it is compared with: the same score is as good.
    'validation macro_f1': [[2, 2 / 3]],
    'validation x.bleu': [[2, null]],
  })
  expect(lessonCurves([], []).size).toBe(0)
})
