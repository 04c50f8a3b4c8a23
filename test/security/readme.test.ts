/** The ten lines of the README, as they stand there. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'

const root = join(import.meta.dirname, '../..')

const ENDING = `
const admin = kafka.admin()
await admin.connect()
console.log(JSON.stringify(await admin.fetchTopicOffsets('orders')))
await admin.disconnect()
`

t.test('a SASL_SSL broker and a kafkajs client', (t) => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const code = /<!-- run by test\/security\/readme.test.ts -->\n```ts\n([\s\S]*?)```/.exec(readme)?.[1]
  t.ok(code, 'is in the README')
  const file = join(t.testdir(), 'program.ts')
  writeFileSync(file, code!.replace("from 'samsa'", `from '${pathToFileURL(join(root, 'src/index.ts'))}'`) + ENDING)
  const printed = execFileSync(process.execPath, ['--import=tsx', file], { cwd: root, encoding: 'utf8' })
  t.match(printed, /"partition":0,"offset":"1"/, 'the record is there')
  t.end()
})
