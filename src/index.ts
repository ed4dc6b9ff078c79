/**
 * The library behind the command line. A study goes through four calls, each of which can be looked at:
 *
 *   readStudy(text, file)      YAML → a checked study, or every fault with its place
 *   readInputs(checked, …)     the content of its files and models, or a fault for each that is missing
 *   planStudy(study, inputs)   the steps after sharing, each with its key
 *   runStudy(plan, …)          runs what is not finished; `taskTables` and `conclude` then read the results
 */

export { Fault, type FaultPlace } from './base/fault.ts'
export { type LocatedRow, type ReadOptions, type Row, readRows, type TableSource } from './data/table/table.ts'
export { engineRunners } from './execute/engine-runners.ts'
export { type RunOptions, runStudy } from './execute/run-study.ts'
export { type TeachHooks, type TeachOptions, teach, tryLesson } from './execute/teach.ts'
export type { HubComparison, HubListeners, HubProgress } from './hub/listeners.ts'
export type { GenerationOptions } from './lesson/generation.ts'
export type { LessonSettings } from './lesson/lesson-settings.ts'
export type {
  LossRequest,
  LossResult,
  PredictRequest,
  PredictResult,
  TeachEvent,
  TeachRequest,
  TeachResult,
} from './lesson/protocol.ts'
export { type BleuOptions, type BleuScore, bleuMetric, corpusBleu, sentenceBleu } from './metrics/bleu.ts'
export { type ChrfOptions, type ChrfScore, chrf, chrfMetric } from './metrics/chrf.ts'
export { labelsMetric, type MultiLabelOptions, type MultiLabelScores, multiLabelScores } from './metrics/labels.ts'
export { type RougeOptions, type RougeScores, rougeMetric, rougeScores } from './metrics/rouge.ts'
export {
  type CrossedTest,
  type CrossedTestOptions,
  crossedTest,
  type DifferenceChance,
} from './metrics/statistics/crossed-test.ts'
export { smallestDetectableDifference } from './metrics/statistics/detectable-difference.ts'
export { holmCorrection } from './metrics/statistics/holm.ts'
export {
  type Interval,
  type MeanInterval,
  type PairedTTest,
  pairedTTest,
  tInterval,
  wilsonInterval,
} from './metrics/statistics/intervals.ts'
export { type McNemarTest, mcNemarTest } from './metrics/statistics/mcnemar.ts'
export { approximateRandomisation, bootstrapIntervals, pairedBootstrap } from './metrics/statistics/resampling.ts'
export { hubFolder } from './pretrained/hub-folder.ts'
export { loadTokenizer } from './pretrained/tokenizer-folder.ts'
export { type Conclusions, conclude } from './report/conclusions/conclusions.ts'
export type { Recommendation } from './report/conclusions/recommendation.ts'
export { findingOf } from './report/tables/finding.ts'
export { markdownTable } from './report/tables/render-table.ts'
export { type TableRow, type TaskTable, taskTables } from './report/tables/task-table.ts'
export { type CheckedStudy, type ReadStudyOptions, readStudy } from './study/file/read-study.ts'
export { describeFault, type StudyFault } from './study/file/study-fault.ts'
export type { StepKey } from './study/keys.ts'
export { type InputOptions, type Inputs, readInputs } from './study/plan/inputs.ts'
export { type Plan, type PlannedChain, planStudy } from './study/plan/plan.ts'
export type { RunObserver, RunReport } from './study/run/schedule.ts'
export type { PredictWork, StepRunners, TeachWork, WorkContext } from './study/steps/runners.ts'
export type { Step, StepKind } from './study/steps/step-kinds.ts'
export type { StepRecord } from './study/store/step-record.ts'
export { Store } from './study/store/store.ts'
export type { Study } from './study/study.ts'
export type { Tokenizer } from './tokenizer/tokenizer.ts'
export { type ChildOptions, lossOf, predictInChild, teachInChild } from './train/child.ts'
