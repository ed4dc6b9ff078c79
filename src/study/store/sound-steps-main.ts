import { parentPort, workerData } from 'node:worker_threads'
import { KnownSteps } from './known-steps.ts'
import { StoreLayout } from './layout.ts'

// A thread that looks at the steps of a store while the main one does something else.
parentPort!.postMessage(new KnownSteps(new StoreLayout(workerData as string)).asKnown())
