/** The command's compiled code between starts: who wrote it, who takes it, and that a bad one costs nothing but time. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packagedCommand } from '../support/packaged-command.ts'

const main = await packagedCommand(t.testdir({ home: {} }), { isOwn: true })
const beside = join(t.testdirName, '.code-cache')
const ofUser = join(t.testdirName, 'home/.cache/samsa')

t.setTimeout(120_000)

/** A broker from its start to the moment when it is ready; resolves when it has ended. */
async function startAndStop(env: Record<string, string> = {}): Promise<void> {
  const child = spawn(process.execPath, [main, '--ephemeral', '--port', '0'], {
    env: { PATH: process.env.PATH, HOME: join(t.testdirName, 'home'), KAFKA_SAMSA_HTTP_LISTENERS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  let said = ''
  let errors = ''
  child.stderr.on('data', (text) => (errors += text))
  child.stdout.on('data', (text) => {
    said += text
    if (said.includes('is ready')) child.kill('SIGTERM')
  })
  const [code] = await ended
  t.equal(code, 0, 'it started and stopped')
  t.equal(errors, '', 'without a word about it')
}

const cacheIn = (folder: string) => (existsSync(folder) ? readdirSync(folder) : [])
const only = (folder: string) => join(folder, cacheIn(folder)[0] ?? 'absent')

t.test('without a cache if so wished', async (t) => {
  await startAndStop({ NODE_DISABLE_COMPILE_CACHE: '1' })
  t.strictSame([cacheIn(beside), cacheIn(ofUser)], [[], []])
})

t.test('the first start leaves one file, which the next one takes as it is', async (t) => {
  await startAndStop()
  t.equal(cacheIn(beside).length, 1)
  t.match(only(beside), `${process.version}-${process.arch}-broker`)
  const { ino, size } = statSync(only(beside))
  await startAndStop()
  t.match(statSync(only(beside)), { ino, size }, 'it was accepted')
})

t.test('a damaged one is replaced by a good one', async (t) => {
  const { size } = statSync(only(beside))
  truncateSync(only(beside), size >> 1)
  await startAndStop()
  t.ok(statSync(only(beside)).size > size >> 1, 'half of it')
  writeFileSync(only(beside), Buffer.alloc(size))
  await startAndStop()
  t.notOk(readFileSync(only(beside)).equals(Buffer.alloc(size)), 'zeros')
})

t.test('where nothing may be written beside the code, it is kept for this user', async (t) => {
  const name = cacheIn(beside)[0]!
  rmSync(beside, { recursive: true })
  writeFileSync(beside, 'no folder')
  await startAndStop()
  t.strictSame(cacheIn(ofUser), [name])
  const { ino } = statSync(only(ofUser))
  await startAndStop()
  t.equal(statSync(only(ofUser)).ino, ino, 'and taken from there')
})
