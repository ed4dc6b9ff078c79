import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeFolder } from '../../base/make-folder.ts'
import type { StepKey } from '../keys.ts'
import { exists, listFolder, remove } from './folders.ts'
import type { StoreLayout } from './layout.ts'

/**
 * Which tests have which answers: `answers/<hash of what the answers depend on>/<key of the test>`, files without content, so that
 * a test finds those with its own answers without reading all others.
 */
export class AnsweredTests {
  readonly #folder: string

  constructor({ answersFolder }: Pick<StoreLayout, 'answersFolder'>) {
    this.#folder = answersFolder
  }

  /** Tests that are, or were, in the store, in the order of their keys. */
  of(answers: StepKey): StepKey[] {
    return listFolder(join(this.#folder, answers)).sort() as StepKey[]
  }

  /** Notes a test that is finished, or is about to be. A store that cannot be written is no reason to fail it. */
  note(answers: StepKey, test: StepKey): void {
    this.#write(join(this.#folder, answers, test))
  }

  /** Whether every test of the store has been noted, also those of programs that noted none. */
  get isWhole(): boolean {
    return exists(this.#wholeFile)
  }

  noteWhole(): void {
    this.#write(this.#wholeFile)
  }

  /** Forgets tests that are gone: no bytes are freed, so nobody is told. */
  forget(isGone: (test: StepKey) => boolean): void {
    for (const answers of listFolder(this.#folder)) {
      const inner = join(this.#folder, answers)
      for (const test of listFolder(inner)) if (isGone(test as StepKey)) remove(join(inner, test))
      if (answers !== wholeName && listFolder(inner).length === 0) remove(inner)
    }
  }

  get #wholeFile(): string {
    return join(this.#folder, wholeName)
  }

  #write(path: string): void {
    try {
      makeFolder(dirname(path))
      writeFileSync(path, '')
    } catch {
      // Then answers are computed that could have been taken.
    }
  }
}

const wholeName = 'whole'
