import { expect, it } from 'vitest'
import { fitHelp } from './fit-help.ts'

const text = `Usage: reteach step [options]

It takes what a study names and
does one step of it.
Again, as often as is asked.

Exit codes:
  0    finished
  130  interrupted, and the same call goes on

Examples:
  $ reteach step study.yaml 0123456789abcdef --json > step.json
`

it('fitHelp() sets paragraphs anew, and leaves commands to paste whole', () => {
  expect(fitHelp(text, 30)).toBe(`Usage: reteach step [options]

It takes what a study names
and does one step of it.
Again, as often as is asked.

Exit codes:
  0    finished
  130  interrupted, and the
       same call goes on

Examples:
  $ reteach step study.yaml 0123456789abcdef --json > step.json
`)
  expect(fitHelp(text, 200)).toContain('a study names and does one step of it. Again')
})
