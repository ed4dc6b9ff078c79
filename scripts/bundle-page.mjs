// Puts the program of a study's page, src/page, into one script and one style sheet beside the module that writes pages.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

/** @param {string} root of the repository, whose dist/ is compiled */
export async function bundlePage(root) {
  await build({
    absWorkingDir: root,
    entryPoints: ['main.ts', 'page.css'].map((name) => ({ in: `src/page/${name}`, out: 'page-bundle' })),
    outdir: 'dist/report/page',
    bundle: true,
    minify: true,
    charset: 'utf8',
    format: 'iife',
    platform: 'browser',
    target: ['chrome123', 'firefox120', 'safari17.5'],
    legalComments: 'none',
    logLevel: 'warning',
    banner: { js: licence(root, 'uplot') },
  })
}

/** The page carries its packages with it, so their licences go along. */
function licence(root, name) {
  const folder = join(root, 'node_modules', name)
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return `/*! With ${name} ${version} (${license}).\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}\n*/`
}
