import type { Start, StudyMixture, StudyTask } from '../../study.ts'
import type { StudyFile } from '../schema.ts'
import type { TeachEntry } from '../teach-schema.ts'
import type { YamlPath } from '../yaml-places.ts'

/** What chains are made of. */
export interface ChainParts {
  readonly study: StudyFile
  readonly starts: ReadonlyMap<string, Start>
  readonly tasks: ReadonlyMap<string, StudyTask>
  readonly mixtures: ReadonlyMap<string, StudyMixture>
}

/** What an entry says of its chain besides the notation. */
export interface ChainOptions {
  readonly name?: string | undefined
  readonly seeds?: readonly number[] | undefined
  readonly evaluate?: readonly string[] | undefined
  readonly evaluateAt?: YamlPath
  /** Settings by lesson, below those in the notation itself. */
  readonly lessons?: Readonly<Record<string, TeachEntry>> | undefined
  readonly lessonsAt?: YamlPath
  /** Settings of one lesson by its place, above all others. */
  readonly swept?: { readonly lesson: number; readonly settings: TeachEntry }
}
