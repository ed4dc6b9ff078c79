import type { HubOptions } from '../../hub/snapshot.ts'
import type { CheckedStudy } from '../file/read-study.ts'
import type { StudyFault } from '../file/study-fault.ts'
import type { StudyTask } from '../study.ts'
import { inTextOrder } from './column-faults.ts'
import { type FaultyInputs, type Inputs, usedParts } from './inputs.ts'
import { type RowReport, rowFaults } from './row-faults.ts'
import { startFaults } from './start-faults.ts'

/**
 * Looks into inputs as deep as the steps of a run would: every row of the tables, weights and tokenizers of the starts.
 *
 * @param inputs what is wrong with them from the outside is among the faults, and does not hide the rest
 * @param isPrepared whether the rows of a task have been made ready before: they are not read again
 */
export async function contentFaults(
  checked: CheckedStudy,
  inputs: Inputs | FaultyInputs,
  isPrepared: (task: StudyTask) => boolean,
  hub: HubOptions = {},
): Promise<RowReport> {
  const { study } = checked
  const { tasks, starts } = usedParts(study)
  const isFaulty = 'faults' in inputs
  const rows = await rowFaults(
    checked,
    tasks.filter((task) => !isPrepared(task)),
    (source) => !isFaulty || inputs.sound.sources.has(source),
    { hub },
  )
  const outside = isFaulty ? inputs.faults : []
  const opened = await startFaults(checked, isFaulty ? inputs.sound.starts : starts, folderIn(inputs), hub)
  return {
    faults: inTextOrder([...outside, ...opened, ...rows.faults.filter((fault) => !outside.some(isAtPlaceOf(fault)))]),
    remarks: inTextOrder(rows.remarks),
  }
}

function folderIn(inputs: Inputs | FaultyInputs): Parameters<typeof startFaults>[2] {
  return (start) => {
    if (!('faults' in inputs)) return inputs.model(start).folder
    return start.kind === 'folder' ? start.folder.path : undefined
  }
}

function isAtPlaceOf(one: StudyFault): (other: StudyFault) => boolean {
  return (other) => other.line === one.line && other.column === one.column
}
