const units = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** `512 bytes`, `12.3 MB`: decimal units, as the hub and disks count. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0]
  // What would round to 1000.0 belongs to the next unit.
  while (unit + 1 < units.length && value >= (unit === 0 ? 1000 : 999.95)) [value, unit] = [value / 1000, unit + 1]
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}
