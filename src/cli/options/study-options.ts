import { Option } from 'commander'
import { namedFolder, withChoices } from './option-values.ts'

/** `--store DIR` of the commands that read or write a study's steps. */
export function storeOption(): Option {
  return new Option(
    '--store <dir>',
    'folder of finished steps (default: .reteach beside the study; of a study that comes with reteach, where you are)',
  )
}

/** `--folder NAME=DIR` of the commands that read a study. */
export function folderOption(): Option {
  const description = 'folder that the study\'s paths begin with as "$name/…"; again for more'
  return new Option('--folder <name=dir>', description).argParser(namedFolder)
}

/** `--why` of the commands that print answers. */
export function whyOption(): Option {
  return new Option('--why', 'also what the answers rest on: every comparison, how fast lessons learn, transfer, cost')
}

/** `--elsewhere WHAT` of the commands that may go on with a lesson. */
export function elsewhereOption(): Option {
  const description =
    'a lesson whose state another processor or version of onnxruntime has computed goes on with a warning, or is refused'
  return withChoices(new Option('--elsewhere <what>', description), ['warn', 'refuse']).default('warn')
}

/** `--cluster FILE` of the commands that may submit jobs. */
export function clusterOption(): Option {
  return new Option(
    '--cluster <file>',
    'YAML file of how steps become jobs of the cluster (default: "cluster" of the study)',
  )
}
