// Mends package-lock.json in two ways. Run it after each `npm install`; --check only tells.
//
// It adds the optional packages of other platforms that npm left out because its registry did not offer them: recent versions
// of npm refuse `npm ci` without these entries. An entry that is added this way has no integrity hash; npm fetches such a
// package only on the platform that it names.
//
// It takes the mark of an install script from the packages that package.json's allowScripts denies one: npm 10 does not know
// that field, but runs no script that the lock file does not mention.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = dirname(dirname(fileURLToPath(import.meta.url)))
const path = join(folder, 'package-lock.json')
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

const { allowScripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
const denied = Object.keys(allowScripts).filter((name) => !allowScripts[name])
const marked = Object.keys(lock.packages).filter(
  (place) => lock.packages[place].hasInstallScript && denied.some((name) => place.endsWith(`node_modules/${name}`)),
)

const names = (places) => places.map((place) => place.replace('node_modules/', '')).join(', ')
if (missing.length === 0 && marked.length === 0) {
  console.log('package-lock.json is complete')
} else if (process.argv.includes('--check')) {
  if (missing.length > 0) console.error(`package-lock.json lacks ${names(missing.map(([place]) => place))}`)
  if (marked.length > 0) console.error(`package-lock.json would run the install scripts of ${names(marked)}`)
  console.error('run "npm run lock" and commit the result')
  process.exitCode = 1
} else {
  const added = new Map(missing)
  const root = lock.packages['']
  delete lock.packages['']
  for (const place of marked) delete lock.packages[place].hasInstallScript
  const others = [...Object.entries(lock.packages), ...added].sort(([a], [b]) => a.localeCompare(b, 'en'))
  lock.packages = { '': root, ...Object.fromEntries(others) }
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(
    `package-lock.json: added ${added.size} packages of other platforms, took ${marked.length} install scripts out`,
  )
}
