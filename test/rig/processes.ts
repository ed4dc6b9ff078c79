import { readdirSync, readFileSync } from 'node:fs'

/** The state letter, the parent and the start time of a process; nothing when there is none. Linux alone tells. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

export const isAlive = (pid: number): boolean => !['Z', undefined].includes(statOf(pid)?.[0])

/** The living children of a process. */
export function childrenOf(pid: number): number[] {
  const all = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return all.filter((one) => statOf(one)?.[1] === String(pid) && isAlive(one))
}
