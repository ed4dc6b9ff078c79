#!/usr/bin/env node
import { wordsFromHome } from '../base/home-path.ts'
import { guardOutput } from './guard-output.ts'
import { runProgram } from './program.ts'
import { unfailingOutput } from './unfailing-output.ts'

guardOutput(process.stdout)
guardOutput(process.stderr)
unfailingOutput(process.stderr)
process.exitCode = await runProgram(wordsFromHome(process.argv))
