// Adds to package-lock.json the optional packages of other platforms that npm left out because its registry did not offer
// them. Recent versions of npm refuse `npm ci` without these entries. Run it after each `npm install`; --check only tells.
//
// An entry that is added this way has no integrity hash; npm fetches such a package only on the platform that it names.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const path = join(dirname(dirname(fileURLToPath(import.meta.url))), 'package-lock.json')
const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']
/** Words in package names that differ from npm's `os` and `cpu`. */
const otherWords = { linuxmusl: 'linux' }
/** Packages whose name does not tell. */
const knownSystems = { fsevents: 'darwin' }

/** @returns {{ os?: string[], cpu?: string[], libc?: string[] }} where the package runs */
function platformOf(name) {
  const words = name
    .split('/')
    .at(-1)
    .split(/[-.]/)
    .map((word) => otherWords[word] ?? word)
  const os = knownSystems[name] ?? words.find((word) => systems.includes(word))
  const cpu = words.find((word) => processors.includes(word))
  if (os === undefined && cpu === undefined) throw new Error(`Cannot tell the platform of "${name}" from its name`)
  const musl = os === 'linux' && /musl/.test(name)
  const glibc = os === 'linux' && words.some((word) => word.startsWith('gnu'))
  return {
    ...(cpu && { cpu: [cpu] }),
    ...(musl ? { libc: ['musl'] } : glibc && { libc: ['glibc'] }),
    ...(os && { os: [os] }),
  }
}

const lock = JSON.parse(readFileSync(path, 'utf8'))
const missing = []
for (const [place, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(optionalDependencies)) {
    const found = [`${place}/node_modules/${name}`, `node_modules/${name}`].some(
      (at) => lock.packages[at] !== undefined,
    )
    if (found) continue
    const version = range.replace(/^[~^]/, '')
    missing.push([`node_modules/${name}`, { version, ...(dev && { dev }), optional: true, ...platformOf(name) }])
  }
}

if (missing.length === 0) {
  console.log('package-lock.json is complete')
} else if (process.argv.includes('--check')) {
  console.error(`package-lock.json lacks ${missing.map(([place]) => place.replace('node_modules/', '')).join(', ')}`)
  console.error('run "npm run lock" and commit the result')
  process.exitCode = 1
} else {
  const added = new Map(missing)
  const root = lock.packages['']
  delete lock.packages['']
  const others = [...Object.entries(lock.packages), ...added].sort(([a], [b]) => a.localeCompare(b, 'en'))
  lock.packages = { '': root, ...Object.fromEntries(others) }
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`package-lock.json: added ${added.size} packages of other platforms`)
}
