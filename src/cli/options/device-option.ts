import { Option } from 'commander'
import { deviceChoices, deviceWords } from '../../lesson/device.ts'
import { withChoices } from './option-values.ts'

/** `--device NAME` of the commands that compute. */
export function deviceOption(description: string): Option {
  const auto = 'auto: a graphics card that "reteach doctor --device webgpu" has found right'
  return namedDevice(`${description} (${auto})`)
}

/** The same with a description of its own. */
export function namedDevice(description: string): Option {
  return withChoices(new Option('--device <name>', description), deviceChoices, deviceWords)
}
