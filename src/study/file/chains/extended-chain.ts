import type { TeachSettings } from '../../../lesson/teach-settings.ts'
import { type ParsedSetting, parseChain } from './chain-notation.ts'

/** How much longer a lesson goes on. */
export type Extension = { readonly epochs: number } | { readonly steps: number }

/**
 * The notation of a chain whose last lesson is taught on: the same lesson once more, as long as is asked for, without a warm-up.
 *
 *   `mt5 -> res(batch=8, epochs=3)` by 2 epochs   `mt5 -> res(batch=8, epochs=3) -> res(batch=8, epochs=2)`
 *
 * @param lesson the last one as the chain writes it, with its settings
 */
export function extendedChain(
  chain: string,
  lesson: { readonly label: string; readonly settings: TeachSettings },
  extension: Extension,
): string {
  const { label, settings } = lesson
  const [name] = label.split('(', 1)
  const given = settingsOf(label).filter(({ path }) => !replaced.includes(path.join('.')))
  const kept = given.map(({ path, valueSpan }) => {
    const { start, length } = valueSpan
    return `${path.join('.')}=${withStart(label).slice(start, start + length)}`
  })
  const [[long, value]] = Object.entries(extension) as [[string, number]]
  const calm = warmUps.filter((warmUp) => (settings[warmUp] ?? 0) > 0).map((warmUp) => `${warmUp}=0`)
  return `${chain} -> ${name}(${[...kept, `${long}=${value}`, ...calm].join(', ')})`
}

const warmUps = ['warmup_steps', 'warmup_ratio'] as const
const replaced: readonly string[] = ['epochs', 'steps', ...warmUps]

function settingsOf(label: string): readonly ParsedSetting[] {
  const parsed = parseChain(withStart(label))
  if ('message' in parsed) throw new Error(parsed.message)
  return parsed.lessons[0]!.settings
}

/** Notation begins with a start. */
function withStart(label: string): string {
  return `x -> ${label}`
}
