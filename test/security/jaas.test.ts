import t from 'tap'
import { jaasOption, parseJaasConfig, parseJaasFile } from '../../src/security/jaas.ts'

const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule'

t.test("a line of Apache's documentation", (t) => {
  const [entry, ...rest] = parseJaasConfig(
    `${PLAIN} required \\
      username="admin" password="admin-secret" user_admin="admin-secret" user_alice="alice-secret";`.replace(
      '\\\n',
      '',
    ),
  )
  t.same(rest, [])
  t.equal(entry.loginModule, PLAIN)
  t.same(Object.fromEntries(entry.options), {
    username: 'admin',
    password: 'admin-secret',
    user_admin: 'admin-secret',
    user_alice: 'alice-secret',
  })
  t.end()
})

t.test('words, quotes, escapes, comments and several modules', (t) => {
  const entries = parseJaasConfig(`
    // a comment
    ${PLAIN} Required user_bob='its' user_b-o_b$="a\\"b\\\\c\\t\\101" /* x */ plain=word;
    other.Module optional;`)
  t.same(Object.fromEntries(parseJaasConfig(`${PLAIN} required a="=;,{}//" ;`)[0].options), { a: '=;,{}//' })
  t.equal(entries.length, 2)
  t.equal(jaasOption(entries, PLAIN, 'plain'), 'word')
  t.equal(jaasOption(entries, PLAIN, 'user_b-o_b$'), 'a"b\\c\tA')
  t.equal(jaasOption(entries, PLAIN, 'user_nobody'), null)
  t.equal(jaasOption(entries, 'absent.Module', 'plain'), null)
  t.end()
})

t.test('a file with sections', (t) => {
  const sections = parseJaasFile(`
    KafkaServer {
      ${PLAIN} required
      user_alice="alice-secret";
      org.apache.kafka.common.security.scram.ScramLoginModule required;
    };
    KafkaClient { ${PLAIN} required username="alice"; };`)
  t.same([...sections.keys()], ['KafkaServer', 'KafkaClient'])
  t.equal(sections.get('KafkaServer')!.length, 2)
  t.equal(jaasOption(sections.get('KafkaClient')!, PLAIN, 'username'), 'alice')
  t.throws(() => parseJaasFile('KafkaServer { a.B required;'), /not closed/)
  t.end()
})

/** The texts that Apache's JaasContextTest refuses. */
t.test('texts that are none', (t) => {
  const refused: [string, RegExp][] = [
    ['', /Login module not specified/],
    ['test.testConfig', /control flag not specified/],
    ['test.testConfig required', /not terminated by semi-colon/],
    ['test.testConfig unknown;', /Invalid login module control flag 'unknown'/],
    ['test.testConfig required option1;', /Value not specified for option 1 of test.testConfig/],
    ['test.testConfig required option1=;', /Value not specified for option 1 of test.testConfig/],
    ['test.testConfig required option1=12;', /Value not specified for option 1 of test.testConfig/],
    ['test.testConfig required option1 = "value"', /not terminated by semi-colon/],
  ]
  for (const [text, problem] of refused) t.throws(() => parseJaasConfig(text), problem, text)
  t.end()
})

t.test('no error shows a secret', (t) => {
  const secret = 'hunter2'
  for (const text of [
    `m required p="${secret}"`,
    `m required user_a="${secret}" = ;`,
    `m required a="${secret}" b=9;`,
  ]) {
    try {
      parseJaasConfig(text)
      t.fail(text)
    } catch (error) {
      t.notMatch((error as Error).message, secret)
    }
  }
  t.end()
})
