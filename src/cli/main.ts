#!/usr/bin/env node
import { wordsFromHome } from '../base/home-path.ts'
import { runProgram } from './program.ts'

process.exitCode = await runProgram(wordsFromHome(process.argv))
