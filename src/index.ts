/**
 * The library behind the command line. A study goes through four calls, each of which can be looked at:
 *
 *   readStudy(text, file)      YAML → a checked study, or every fault with its place
 *   readInputs(checked, …)     the content of its files and models, or a fault for each that is missing
 *   planStudy(study, inputs)   the steps after sharing, each with its key
 *   runStudy(plan, …)          runs what is not finished; `taskTables` and `conclude` then read the results
 */

export { Fault, type FaultPlace } from './base/fault.ts'
export { hubFolder } from './cli/hub-folder.ts'
export { engineRunners } from './cli/step-runners.ts'
export { type TeachHooks, type TeachOptions, teach, tryLesson } from './cli/teach-lesson.ts'
export { type LocatedRow, type ReadOptions, type Row, readRows, type TableSource } from './data/table.ts'
export { loadTokenizer } from './data/tokenizer-folder.ts'
export { type BleuOptions, type BleuScore, bleuMetric, corpusBleu, sentenceBleu } from './metrics/bleu.ts'
export { type ChrfOptions, type ChrfScore, chrf, chrfMetric } from './metrics/chrf.ts'
export { smallestDetectableDifference } from './metrics/detectable-difference.ts'
export { holmCorrection } from './metrics/holm.ts'
export {
  type Interval,
  type MeanInterval,
  type PairedTTest,
  pairedTTest,
  tInterval,
  wilsonInterval,
} from './metrics/intervals.ts'
export { type McNemarTest, mcNemarTest } from './metrics/mcnemar.ts'
export { labelsMetric, type MultiLabelOptions, type MultiLabelScores, multiLabelScores } from './metrics/multi-label.ts'
export { approximateRandomisation, bootstrapIntervals, pairedBootstrap } from './metrics/resampling.ts'
export { type RougeOptions, type RougeScores, rougeMetric, rougeScores } from './metrics/rouge.ts'
export { type Conclusions, conclude } from './report/conclusions.ts'
export { findingOf } from './report/finding.ts'
export type { Recommendation } from './report/recommendation.ts'
export { markdownTable } from './report/render-table.ts'
export { type TableRow, type TaskTable, taskTables } from './report/task-table.ts'
export { type InputOptions, type Inputs, readInputs } from './study/inputs.ts'
export type { StepKey, StepKind } from './study/keys.ts'
export { type Plan, type PlannedChain, planStudy } from './study/plan.ts'
export { type CheckedStudy, type ReadStudyOptions, readStudy } from './study/read-study.ts'
export { type RunObserver, type RunOptions, type RunReport, runStudy } from './study/run-study.ts'
export type { PredictWork, StepRunners, TeachWork, WorkContext } from './study/runners.ts'
export type { Step } from './study/steps.ts'
export { type StepRecord, Store } from './study/store.ts'
export type { Study } from './study/study.ts'
export { describeFault, type StudyFault } from './study/study-fault.ts'
export type { Tokenizer } from './tokenizer/tokenizer.ts'
export { type ChildOptions, lossOf, predictInChild, teachInChild } from './train/child.ts'
export type {
  GenerationOptions,
  LessonSettings,
  LossRequest,
  LossResult,
  PredictRequest,
  PredictResult,
  TeachEvent,
  TeachRequest,
  TeachResult,
} from './train/protocol.ts'
