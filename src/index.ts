/**
 * The library behind the command line. A study goes through four calls, each of which can be looked at:
 *
 *   readStudy(text, file)      YAML → a checked study, or every fault with its place
 *   readInputs(checked, …)     the content of its files and models, or a fault for each that is missing
 *   planStudy(study, inputs)   the steps after sharing, each with its key
 *   runStudy(plan, …)          runs what is not finished; `taskTables` and `conclude` then read the results
 *
 * Every function looks at its arguments before it does anything, and throws a `Fault` that names what is wrong with them.
 */

export { Fault, type FaultPlace } from './base/fault.ts'
export type { LockHolder } from './base/lock.ts'
export type { NoticeListener } from './base/notice.ts'
export type { FormatOptions } from './data/formats/format.ts'
export type { BytesListener } from './data/source/open-file.ts'
export type { RowPlace } from './data/source/row.ts'
export { type LocatedRow, type ReadOptions, type Row, readRows, type TableSource } from './data/table/table.ts'
export type { TableFormat } from './data/table/table-format.ts'
export type { TablePlace } from './data/table/table-parts.ts'
export type { WhereFilter, WhereTest } from './data/table/where.ts'
export { engineRunners } from './execute/engine-runners.ts'
export type { ExecutorName } from './execute/executors.ts'
export { type RunOptions, runStudy } from './execute/run-study.ts'
export { type TeachHooks, type TeachOptions, teach, tryLesson } from './execute/teach.ts'
export type { HubPatience } from './hub/fetch.ts'
export type { HubComparison, HubListeners, HubProgress } from './hub/listeners.ts'
export type { HubSettings } from './hub/settings.ts'
export type { HubOptions } from './hub/snapshot.ts'
export type { DeviceName } from './lesson/device.ts'
export type { GenerationOptions } from './lesson/generation.ts'
export type { LessonSettings, SettingOptions } from './lesson/lesson-settings.ts'
export type {
  AnswerRequest,
  Evaluation,
  ExampleFile,
  Judge,
  Judgement,
  LessonCost,
  LossEvent,
  LossRequest,
  LossResult,
  PredictEvent,
  Prediction,
  PredictRequest,
  PredictResult,
  SpanCorruption,
  TeachEvent,
  TeachRequest,
  TeachResult,
  TrimmedVocabulary,
} from './lesson/protocol.ts'
export {
  type BleuOptions,
  type BleuScore,
  bleuMetric,
  corpusBleu,
  type SmoothMethod,
  sentenceBleu,
} from './metrics/bleu.ts'
export { type ChrfOptions, type ChrfScore, chrf, chrfMetric } from './metrics/chrf.ts'
export {
  type LabelScore,
  labelsMetric,
  type MultiLabelOptions,
  type MultiLabelScores,
  multiLabelScores,
} from './metrics/labels.ts'
export type { ExampleStatistics, Metric, ReferenceCount, References, TextReferences } from './metrics/metric.ts'
export {
  type RougeKind,
  type RougeOptions,
  type RougeScore,
  type RougeScores,
  rougeMetric,
  rougeScores,
} from './metrics/rouge.ts'
export type { Comparison } from './metrics/statistics/compare-arms.ts'
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
export {
  approximateRandomisation,
  type BootstrapInterval,
  bootstrapIntervals,
  type PairedBootstrap,
  pairedBootstrap,
  type RandomisationTest,
  type ResamplingOptions,
  type Scorer,
} from './metrics/statistics/resampling.ts'
export type { BleuTokenizer } from './metrics/text/bleu-tokenizers.ts'
export { hubFolder, type ModelParts } from './pretrained/hub-folder.ts'
export { loadTokenizer } from './pretrained/tokenizer-folder.ts'
export { type Conclusions, conclude } from './report/conclusions/conclusions.ts'
export type { TaskConvergence } from './report/conclusions/convergence.ts'
export type { Evidence } from './report/conclusions/evidence.ts'
export type { RateSensitivity } from './report/conclusions/rate-sensitivity.ts'
export type { Recommendation } from './report/conclusions/recommendation.ts'
export type { Transfer } from './report/conclusions/transfer.ts'
export type { ScoreColumn, SeedResult, Splits } from './report/results/arms.ts'
export type { ArmCost } from './report/results/cost.ts'
export type { Floor, FloorTest } from './report/results/floor.ts'
export type { RowHealth, SwappedPrefix } from './report/results/row-health.ts'
export type { StudyResults } from './report/results/study-results.ts'
export { findingOf } from './report/tables/finding.ts'
export type { LabelTable } from './report/tables/label-table.ts'
export { markdownTable } from './report/tables/render-table.ts'
export { type RowLeaks, type TableRow, type TaskTable, taskTables } from './report/tables/task-table.ts'
export type { PrintedNames } from './report/words/printed-name.ts'
export { type CheckedStudy, type ReadStudyOptions, readStudy } from './study/file/read-study.ts'
export { describeFault, type StudyFault } from './study/file/study-fault.ts'
export type { StepKey } from './study/keys.ts'
export { type FaultyInputs, type InputOptions, type Inputs, readInputs } from './study/plan/inputs.ts'
export { type Plan, type PlannedChain, planStudy } from './study/plan/plan.ts'
export type { ClusterWork, ExecutorOptions } from './study/run/executor.ts'
export type { RunObserver, RunReport, StepError } from './study/run/schedule.ts'
export type { PrefixTest } from './study/steps/kinds/prefix-test.ts'
export type { PredictWork, StepProgress, StepRunners, TeachWork, WorkContext } from './study/steps/runners.ts'
export type { Scores } from './study/steps/score-answers.ts'
export type { Step, StepKind } from './study/steps/step-kinds.ts'
export type { Lease } from './study/store/lease.ts'
export type { StepRecord } from './study/store/step-record.ts'
export type { StepTold } from './study/store/step-told.ts'
export { type StepFailure, type StepWork, Store } from './study/store/store.ts'
export type { Chain, ChainLesson, Start, Study, StudyMixture, StudyTask, TableRequest } from './study/study.ts'
export type { Tokenizer } from './tokenizer/tokenizer.ts'
export { type ChildOptions, lossOf, predictInChild, teachInChild } from './train/child.ts'
