/** Where the settings of a connection come from, and which of them holds. */
import { join } from 'node:path'
import t from 'tap'
import { clusterSettings } from '../../../src/cli/cluster/connection.ts'
import { chooseProfile, profilesPath, readProfiles } from '../../../src/cli/cluster/profiles.ts'
import { nodeEnvironment } from '../../../src/env/node/index.ts'

const environment = nodeEnvironment()
const CONFIG = `
default = "local"
[profiles.local]
bootstrap-servers = "localhost:1"
[profiles.production]
bootstrap-servers = ["a:1", "b:2"]
command-config = "client.properties"
user = "alice"
password = 'a "secret"'
tls-ca = "ca.pem"
[profiles.production.properties]
"client.id" = "laptop"
`

function withConfig(t: Tap, text: string): string {
  const folder = t.testdir({
    'config.toml': text,
    'client.properties': 'sasl.mechanism=PLAIN\nclient.id=file\nssl.enabled.protocols=TLSv1.3\n',
    'ca.pem': 'CERTIFICATE',
  })
  process.env.SAMSA_CONFIG = join(folder, 'config.toml')
  return folder
}
type Tap = { testdir(files: Record<string, string>): string }
t.afterEach(() => {
  delete process.env.SAMSA_CONFIG
  delete process.env.SAMSA_PROFILE
})

t.test('profiles: the default one, a named one, its files beside it', async (t) => {
  withConfig(t, CONFIG)
  const local = await clusterSettings({ timeout: 1 }, environment)
  t.same(local, { bootstrapServers: 'localhost:1', properties: new Map() })
  process.env.SAMSA_PROFILE = 'production'
  const { bootstrapServers, properties } = await clusterSettings({ timeout: 1 }, environment)
  t.equal(bootstrapServers, 'a:1,b:2')
  t.same(Object.fromEntries(properties), {
    'client.id': 'laptop',
    'sasl.mechanism': 'PLAIN',
    'security.protocol': 'SASL_SSL',
    'ssl.enabled.protocols': 'TLSv1.3',
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': 'CERTIFICATE',
    'sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="a \\"secret\\"";`,
  })
  const other = await clusterSettings({ timeout: 1, profile: 'local' }, environment)
  t.equal(other.bootstrapServers, 'localhost:1', 'an option comes before the environment')
})

t.test('options come before -X, that before files, those before the profile', async (t) => {
  const folder = withConfig(t, CONFIG)
  const { bootstrapServers, properties } = await clusterSettings(
    {
      ...{
        timeout: 1,
        profile: 'production',
        bootstrapServer: 'c:3',
        user: 'bob:pass:word',
        mechanism: 'SCRAM-SHA-256',
      },
      commandConfig: join(folder, 'client.properties'),
      property: ['client.id=given', 'a=b=c'],
    },
    environment,
  )
  t.equal(bootstrapServers, 'c:3')
  t.match(Object.fromEntries(properties), {
    'client.id': 'given',
    a: 'b=c',
    'sasl.mechanism': 'SCRAM-SHA-256',
    'security.protocol': 'SASL_SSL',
    'sasl.jaas.config': /ScramLoginModule required username="bob" password="pass:word";$/,
  })
})

t.test('the protocol follows what is asked for', async (t) => {
  process.env.SAMSA_CONFIG = join(t.testdir({ 'config.toml': '' }), 'config.toml')
  const protocol = async (options: object) =>
    (await clusterSettings({ timeout: 1, ...options }, environment)).properties.get('security.protocol')
  t.equal(await protocol({}), undefined)
  t.equal(await protocol({ tls: true }), 'SSL')
  t.equal(await protocol({ user: 'a:b' }), 'SASL_PLAINTEXT')
  t.equal(await protocol({ user: 'a:b', tls: true }), 'SASL_SSL')
  t.equal(await protocol({ user: 'a:b', property: ['security.protocol=SSL'] }), 'SASL_SSL')
  t.equal(
    await protocol({ tls: true, property: ['security.protocol=SASL_PLAINTEXT'] }),
    'SASL_SSL',
    'and the login stays',
  )
})

t.test('mistakes are sentences', async (t) => {
  const refused = async (config: string, options: object, message: RegExp) => {
    withConfig(t, config)
    await t.rejects(clusterSettings({ timeout: 1, ...options }, environment), { name: 'ConfigError', message })
  }
  await refused(CONFIG, { profile: 'produktion' }, /There is no profile produktion in .*; did you mean production\?/)
  await refused('default = 1', {}, /default is no name/)
  await refused('[profiles.x', {}, /is no TOML/)
  await refused('[profile.x]', {}, /profile is neither default nor \[profiles.NAME\]/)
  await refused('default="x"\n[profiles.x]\nbootstrap-server="a:1"', {}, /did you mean bootstrap-servers\?/)
  await refused('[profiles.x]\nbootstrap-servers=1', {}, /neither a text nor a list/)
  await refused('[profiles.x]\nuser=1', {}, /user is no text/)
  await refused('', { tlsCert: 'a.pem' }, /Give --tls-cert and --tls-key together/)
  await refused('', { user: 'a', mechanism: 'PLAIN' }, /cannot be asked for without a terminal: set SAMSA_PASSWORD/)
  await refused('', { user: 'a:b', mechanism: 'OAUTHBEARER' }, /A user and a password are not for OAUTHBEARER/)
  await refused('', { commandConfig: '/nowhere' }, /The file \/nowhere of --command-config cannot be read/)
})

t.test('where the file is', async (t) => {
  t.equal(profilesPath({ HOME: '/home/a' }), '/home/a/.config/samsa/config.toml')
  t.equal(profilesPath({ HOME: '/home/a', XDG_CONFIG_HOME: '/etc/a' }), '/etc/a/samsa/config.toml')
  t.equal(await readProfiles(environment.files, { HOME: '/nowhere' }), null)
  await t.rejects(readProfiles(environment.files, { SAMSA_CONFIG: '/nowhere' }), /There is no \/nowhere/)
  t.same(chooseProfile(null, undefined), { properties: new Map() })
  t.throws(() => chooseProfile(null, 'x'), { message: 'There is no profile x: no file has any' })
})
