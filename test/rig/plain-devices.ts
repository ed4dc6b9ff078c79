import { backends, type Device } from '../../src/engine/backends/backends.ts'

/** Devices that every machine has; what a graphics card is asked for has tests of its own. */
export const plainDevices = (Object.keys(backends) as Device[]).filter((device) => device !== 'webgpu')
