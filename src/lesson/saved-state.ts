/** The file of a state folder that holds an interrupted lesson. */
export const lessonStateFile = 'state.bin'

/** Where answers are kept while more are given; work that answers several times numbers them. */
export function keptAnswersFile(index: number): string {
  return `answers-${index}.kept`
}

/** Whether work goes on from a file of a state folder: a lesson makes its folder before it has a state. */
export function isSavedState(name: string): boolean {
  return name === lessonStateFile || /^answers-\d+\.kept$/u.test(name)
}

/** Whether a file of a state folder holds the best weights so far, which are nothing without a state that names them. */
export function isBestWeights(name: string): boolean {
  return /^best-\d+\.bin$/u.test(name)
}
