import * as z from 'zod'
import { describe } from './describe.ts'
import { fileDefaults } from './file-defaults.ts'

const labelled = { beside: { column: 'problems', classes: ['Cost', 'BadFood'] } }

/** What `labels:` of a task may say. */
export const labelsSchema = z.strictObject({
  column: describe(
    z.string().optional(),
    'Column that holds the labels: with separators, as a list, or as a list written as text',
    { absent: 'those of "columns"', example: 'problems', beside: { classes: ['Cost', 'BadFood'] } },
  ),
  columns: describe(
    z.array(z.string()).min(1).optional(),
    'Instead of "column": a column for each label, which holds 1 or 0, true or false, yes or no, or nothing',
    { absent: 'those of "column"', example: ['toxic', 'insult'] },
  ),
  classes: describe(
    z.array(z.string()).min(1).optional(),
    'Every label, spelled as in the data; with "columns" their labels in order',
    {
      absent: 'the names of "columns"; with "column" it must be given',
      example: ['Cost', 'BadFood', 'SlowService'],
      beside: { column: 'problems' },
    },
  ),
  single: describe(z.boolean().optional(), 'true: every row has exactly one label (or none)', {
    default: fileDefaults.labels.single,
    example: true,
    ...labelled,
  }),
  separator: describe(z.string().optional(), 'Between labels in a cell; "\\n" stands for any line end', {
    default: fileDefaults.labels.separator,
    example: '|',
    ...labelled,
  }),
  none: describe(
    z.union([z.string(), z.array(z.string()).min(1)]).optional(),
    'Texts in the data that mean "no label"',
    {
      absent: 'an empty cell alone',
      example: 'na',
      ...labelled,
    },
  ),
  answer: describe(
    z
      .strictObject({
        separator: describe(z.string().optional(), 'Between labels in an answer', {
          default: fileDefaults.answer.separator,
          example: '; ',
        }),
        none: describe(z.string().optional(), 'Answer for "no label"', {
          default: fileDefaults.answer.none,
          example: 'no problem',
        }),
        lowercase: describe(z.boolean().optional(), 'Answers in lower case', {
          default: fileDefaults.answer.lowercase,
          example: false,
        }),
        order: describe(z.enum(['classes', 'row']).optional(), 'Order of the labels in an answer', {
          default: fileDefaults.answer.order,
          example: 'row',
        }),
      })
      .optional(),
    'How a set of labels is written as an answer',
    { absent: 'as its keys say', example: { separator: ', ', lowercase: false }, ...labelled },
  ),
})
