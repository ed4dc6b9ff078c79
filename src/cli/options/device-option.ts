import { Option } from 'commander'
import { deviceChoices } from '../../lesson/device.ts'

/** `--device NAME` of the commands that compute. */
export function deviceOption(description: string): Option {
  const auto = 'auto: a graphics card that "reteach doctor --device webgpu" has found right'
  return new Option('--device <name>', `${description} (${auto})`).choices(deviceChoices)
}
