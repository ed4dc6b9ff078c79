// Puts the program of a study's page, src/page, into one script and one style sheet beside the module that writes pages.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'

/** @param {string} root of the repository, whose dist/ is compiled */
export async function bundlePage(root) {
  const folder = join(root, 'dist/report/page')
  await build({
    root,
    configFile: false,
    envFile: false,
    logLevel: 'warn',
    build: {
      outDir: folder,
      emptyOutDir: false,
      copyPublicDir: false,
      target: ['chrome123', 'firefox120', 'safari17.5'],
      minify: 'esbuild',
      reportCompressedSize: false,
      lib: {
        entry: join(root, 'src/page/main.ts'),
        name: 'page',
        formats: ['iife'],
        fileName: () => 'page-bundle.js',
        cssFileName: 'page-bundle',
      },
    },
  })
  const script = join(folder, 'page-bundle.js')
  writeFileSync(script, `${licence(root, 'uplot')}\n${readFileSync(script, 'utf8')}`)
}

/** The page carries its packages with it, so their licences go along. */
function licence(root, name) {
  const folder = join(root, 'node_modules', name)
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return `/*! With ${name} ${version} (${license}).\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}\n*/`
}
