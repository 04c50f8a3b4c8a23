/** Mutated logins against a listener in this process: the short form of what `make fuzz` does at length. */
import t from 'tap'
import { anyConversation } from '../../scripts/fuzz/handshakes/conversations.ts'
import { attackLogins } from '../../scripts/fuzz/handshakes/in-process.ts'
import { type FuzzedListener, fuzzedListener } from '../../scripts/fuzz/handshakes/listener.ts'
import { mutate, seeded } from '../../scripts/fuzz/mutate.ts'

const FRAMES = 2_000
const MANY = 200

t.test('no mutant of a login gets in, fails a handler or takes long', async (t) => {
  const listener = await fuzzedListener('the password')
  t.teardown(() => listener.stop())
  const { frames, answered, problems } = await attackLogins(listener, FRAMES, 1)
  t.strictSame(problems, [])
  t.ok(frames >= FRAMES && answered > FRAMES / 10, `${frames} mutants, ${answered} frames answered`)
})

/** Logs everybody in whose frames are as they should be: the password is the one that conversations take. */
t.test('the judge sees a login', async (t) => {
  const listener = await fuzzedListener('wrong')
  t.teardown(() => listener.stop())
  const { problems } = await attackLogins(listener, MANY, 1)
  t.match(problems[0], /somebody is logged in/)
})

t.test('the judge sees what a handler fails at', async (t) => {
  const listener = await fuzzedListener('the password')
  t.teardown(() => listener.stop())
  const broken: FuzzedListener = {
    ...listener,
    connect: () => ({ isLoggedIn: false, send: () => Promise.reject(new Error('a bug')) }),
  }
  const { problems } = await attackLogins(broken, MANY, 1)
  t.match(problems[0], /a bug/)
})

t.test('conversations reach every mechanism, and mutants are others than what they are made of', (t) => {
  const random = seeded(1)
  const mechanisms = new Set<string>()
  let different = 0
  for (let count = 0; count < MANY; count++) {
    const conversation = anyConversation(random)
    conversation.next()
    const { value } = conversation.next(Buffer.alloc(0))
    if (value === undefined) continue
    mechanisms.add(/PLAIN|SCRAM-SHA-256|SCRAM-SHA-512|OAUTHBEARER/.exec(value.toString('latin1'))?.[0] ?? '')
    if (!mutate(value, random).equals(value)) different++
  }
  t.strictSame([...mechanisms].sort(), ['OAUTHBEARER', 'PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])
  t.ok(different > MANY / 2, `${different} of ${MANY}`)
  t.end()
})
