/** A command that is stopped by a signal, in a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import t from 'tap'

const source = (path: string): string => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href)

/** Its stop waits for a timer, which does not keep a process alive; nor does anything else once `held` is closed. */
const PROGRAM = `
  import { StopOnSignals } from ${source('cli/stopping.ts')}
  import { nodeClock } from ${source('env/node/clock.ts')}
  const held = setInterval(() => {}, 60_000)
  const end = async () => {
    clearInterval(held)
    await new Promise((resolve) => nodeClock.schedule(300, resolve))
    console.log('closed')
  }
  const logger = { info: console.log, error: console.log, warn: console.log, debug: console.log }
  new StopOnSignals(end, { clock: nodeClock }, { logger, written: async () => {} })
  console.log('ready')
`

t.test('a stop that waits for nothing but a timer is not cut short', async (t) => {
  const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  child.stdout.once('data', () => child.kill('SIGTERM'))
  const said = await text(child.stdout)
  t.match(said, /ready\nStopping after SIGTERM; .*\nclosed\nsamsa has stopped/)
  t.same(await ended, [0, null])
})
