// `knip` finds what nobody uses, tests included; `knip --production` what only tests use. There, an export may be one for the
// sake of its tests as long as its own file uses it too.
const production = process.argv.includes('--production')

export default {
  entry: [
    'src/cli/main.ts!',
    'src/index.ts!',
    'src/page/main.ts!',
    'src/train/child-main.ts!',
    'src/train/lifetime/parent-watch.ts!',
    'src/study/store/sound-steps-main.ts!',
    'scripts/*.{mjs,ts}!',
    'scripts/goldens/*.ts!',
    'bench/*.ts!',
    'examples/*/generate.ts!',
    'test/**/*.test.ts',
  ],
  project: ['src/**/*.ts!', 'test/**/*.ts', 'bench/**/*.ts!', 'scripts/**/*.{ts,mjs}!', 'examples/**/*.{ts,mjs}'],
  ignore: ['src/engine/cpu/kernel/*.as.ts'],
  // Fastify takes any 6.x of it, and those after this one want a newer Node than this program does.
  ignoreDependencies: ['light-my-request'],
  ignoreBinaries: ['sbatch', 'squeue', 'scontrol', 'script', 'cc', 'mkfifo', 'mount', 'umount'],
  ignoreExportsUsedInFile: production || { interface: true, type: true },
}
