/** The examples of the README and of docs/testing.md are TypeScript that compiles, and the one of the README runs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startBroker } from '../../src/index.ts'
import { produce } from './support.ts'

const root = join(import.meta.dirname, '../..')

t.test('the fault of the README', async (t) => {
  const [, code = ''] =
    /readme\.test\.ts -->\n```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
  t.match(code, 'faults.on')
  const body = code
    .split('\n')
    .filter((line) => !line.startsWith('import '))
    .join('\n')
    .replace('await using broker = ', 'broker = ')
    .replace('using fault', 'const fault')
  const placeOrder = (bootstrapServers: string) => produce({ bootstrapServers }, 'orders', ['an order'])
  const run = new Function(
    'startBroker',
    'placeOrder',
    `return (async () => { let broker; try { ${body}; return String(order.value) } finally { await broker?.stop() } })()`,
  )
  t.equal(await run(startBroker, placeOrder), 'an order')
})

t.test('each method in docs/testing.md is one of a broker', async (t) => {
  const text = readFileSync(join(root, 'docs/testing.md'), 'utf8')
  await using broker = await startBroker()
  const names = [...text.matchAll(/\bbroker\.(\w+)/g)].map(([, name = '']) => name)
  t.ok(names.length > 15)
  for (const name of new Set(names)) t.ok(name in broker, name)
  const faults = [...text.matchAll(/\bfaults\.(\w+)/g)].map(([, name = '']) => name)
  for (const name of new Set(faults)) t.ok(name in broker.faults, name)
})
