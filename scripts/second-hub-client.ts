import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeHub } from '../test/rig/fake-hub.ts'

/**
 * Pushes a folder to the hub of the tests with Python's huggingface_hub, and compares what has arrived: what that library cannot
 * use there is not as the hub has it.
 *
 *   node scripts/run-ts.mjs scripts/second-hub-client.ts PYTHON
 */
const program = `
import os, sys
from huggingface_hub import HfApi, __version__
api = HfApi(endpoint=os.environ["HF_ENDPOINT"], token="hf_write")
api.create_repo("me/model", private=True)
api.create_repo("me/model", exist_ok=True)
api.upload_folder(repo_id="me/model", folder_path=sys.argv[1])
print("huggingface_hub", __version__)
`
const hub = new FakeHub()
await hub.start()
const from = mkdtempSync(join(tmpdir(), 'reteach-from-'))
const files = {
  'README.md': Buffer.from('# A model\n'),
  'one.bin': randomBytes(3000),
  'parts.bin': randomBytes(12_345),
}
for (const [name, content] of Object.entries(files)) writeFileSync(join(from, name), content)
const env = { ...process.env, HF_ENDPOINT: hub.endpoint, HF_HUB_DISABLE_XET: '1', HF_HOME: join(from, '.home') }
const child = spawn(process.argv[2] ?? 'python3', ['-c', program, from], { env, stdio: 'inherit' })
const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
const arrived = hub.repos.get('models/me/model')?.files ?? {}
const same = Object.entries(files).every(([name, content]) => arrived[name]?.content.equals(content))
const large = Object.values(arrived).filter((file) => file.large === true).length
const isRight = code === 0 && same && large === 2
console.log(`${same ? 'The same files' : 'NOT the same files'}, ${large} of them in the store of large files`)
await hub.stop()
rmSync(from, { recursive: true })
process.exitCode = isRight ? 0 : 1
