import { metricKinds } from '../../metrics/registry.ts'
import type { YamlPath } from './yaml-places.ts'

/** What was most likely meant by a value of the wrong type: the advice, and the value with which to check on. */
interface Meant {
  readonly advice: string
  readonly value: unknown
}

/** A map was wanted and a text or list found: the places where everybody writes the short form first. */
export function meantValue(path: YamlPath, found: unknown): Meant | undefined {
  if (found === null || found === undefined) return undefined
  const [room, , key] = path
  if (room === 'starts' && path.length === 2 && typeof found === 'string') return meantStart(found)
  if (room !== 'tasks') return undefined
  const isData = key === 'data' && (path.length === 3 || (path.length === 4 && isPart(path[3])))
  if (isData && (typeof found === 'string' || isTexts(found))) return meantData(found)
  if (key === 'labels' && path.length === 3 && typeof found === 'string') {
    const value = { column: found, classes: ['label'] }
    return { advice: `write { column: ${found}, classes: [ … ] }`, value }
  }
  return undefined
}

/** `{ ter: { normalized: true } }`, where options stand beside the metric's name. */
export function meantMetric(path: YamlPath, found: unknown): Meant | undefined {
  if (path.at(-2) !== 'metrics' || typeof found !== 'object' || found === null) return undefined
  const [entry, ...others] = Object.entries(found)
  if (entry === undefined || others.length > 0 || !metricKinds.some(({ name }) => name === entry[0])) return undefined
  const [metric, options] = entry
  const value = { metric, ...(typeof options === 'object' && options) }
  const written = Object.entries(value).map(([key, option]) => `${key}: ${String(option)}`)
  return { advice: `write { ${written.join(', ')} }`, value }
}

function meantStart(found: string): Meant {
  if (found.includes('->')) {
    return { advice: `write { chain: "${found}", seed: 1 }`, value: { chain: found, seed: 1 } }
  }
  const key = /^[\w.-]+(?:\/[\w.-]+)?$/u.test(found) && !/^\.|\.(?:json|model)$/u.test(found) ? 'hub' : 'path'
  const other = key === 'hub' ? `, or { path: ${found} } for a folder` : ''
  return { advice: `write { ${key}: ${found} }${other}`, value: { [key]: found } }
}

function meantData(found: string | readonly string[]): Meant {
  if (typeof found !== 'string') return { advice: `write { file: [${found.join(', ')}] }`, value: { file: found } }
  const isHub = /^[\w-]+\/[\w-]+$/u.test(found)
  const other = isHub ? `, or { hub: ${found} } for a data set of the hub` : ''
  return { advice: `write { file: ${found} }${other}`, value: { file: found } }
}

function isPart(name: unknown): boolean {
  return name === 'train' || name === 'validation' || name === 'test'
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string')
}
