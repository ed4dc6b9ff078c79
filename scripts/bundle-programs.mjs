// Puts the programs of dist/ with all that they import into few files: Node spends most of a second on finding and reading
// a thousand modules, and a quarter of one on these. The library, dist/index.js, stays as the compiler wrote it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { build } from 'esbuild'

/** Modules that look for files lie one folder deep, as do the parts that are shared: so a module's address is "../" and its path in src/. */
const programs = ['cli/main', 'train/child-main', 'study/store/sound-steps-main']
/** Binaries, and what only few commands load, when they need it. */
const apart = ['onnxruntime-node', 'fastify', '@huggingface/hub', 'pdfkit', 'undici']

/** @param {string} root of the repository, whose dist/ is compiled */
export async function bundlePrograms(root) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: programs.map((name) => `src/${name}.ts`),
    outdir: 'dist',
    outbase: 'src',
    chunkNames: 'parts/[name]-[hash]',
    allowOverwrite: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
    external: apart,
    plugins: [ownAddresses(root)],
    // For packages that were written for CommonJS.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  })
  writeFileSync(join(root, 'dist/parts/LICENSES.txt'), licences(root, Object.keys(metafile.inputs)))
}

/** Modules that look for files beside them find them where the compiler's output lies. */
function ownAddresses(root) {
  const source = join(root, 'src')
  return {
    name: 'own addresses',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const contents = readFileSync(path, 'utf8')
        if (!path.startsWith(source) || !contents.includes('import.meta.url')) return undefined
        const place = `../${relative(source, path).split(sep).join('/').replace(/\.ts$/, '.js')}`
        const address = `new URL(${JSON.stringify(place)}, import.meta.url).href`
        return { contents: contents.replaceAll('import.meta.url', address), loader: 'ts' }
      })
    },
  }
}

/** The licences of the packages that stand in the parts, which ask to be kept with them. */
function licences(root, inputs) {
  const packages = new Set(inputs.flatMap((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []))
  return [...packages]
    .sort()
    .map((folder) => licenceOf(join(root, folder)))
    .join('\n')
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((entry) => /^(?:licen[cs]e|copying)/i.test(entry))
  const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
  return `${name} ${version} (${license})\n${text}`
}
