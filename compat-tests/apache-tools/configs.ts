import assert from 'node:assert/strict'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import type { Tools } from './tools.ts'

export function configCases({ run, attempt }: Tools): Case[] {
  return [
    {
      name: 'kafka-configs: topics',
      smoke: true,
      async run(context) {
        const topic = context.unique('configured')
        await run(context, 'topics', ['--create', '--topic', topic])
        const entity = ['--entity-type', 'topics', '--entity-name', topic]
        const change = ['--add-config', 'retention.ms=3600000,cleanup.policy=[compact,delete]']
        assert.match(await run(context, 'configs', [...entity, '--alter', ...change]), /Completed updating config/)
        const described = await run(context, 'configs', [...entity, '--describe'])
        assert.match(
          described,
          /retention\.ms=3600000 sensitive=false synonyms=\{DYNAMIC_TOPIC_CONFIG:retention\.ms=3600000/,
        )
        assert.match(described, /cleanup\.policy=compact,delete/)
        await run(context, 'configs', [...entity, '--alter', '--delete-config', 'retention.ms'])
        assert.doesNotMatch(await run(context, 'configs', [...entity, '--describe']), /retention\.ms=/)
        const all = await run(context, 'configs', [...entity, '--describe', '--all'])
        assert.match(all, /retention\.ms=604800000/)
        const refused = await attempt(context, 'configs', [...entity, '--alter', '--add-config', 'retention.ms=soon'])
        assert.match(refused.stdout + refused.stderr, /Invalid value soon for configuration retention\.ms/)
      },
    },
    {
      name: 'kafka-configs: one broker and the default of all',
      smoke: true,
      async run(context) {
        const described = await run(context, 'topics', ['--create', '--topic', context.unique('node')]).then(() =>
          run(context, 'topics', ['--describe', '--exclude-internal']),
        )
        const node = /Leader: (\d+)/.exec(described)![1]
        const one = ['--entity-type', 'brokers', '--entity-name', node]
        const all = ['--entity-type', 'brokers', '--entity-default']
        await run(context, 'configs', [...all, '--alter', '--add-config', 'message.max.bytes=3000000'])
        await run(context, 'configs', [...one, '--alter', '--add-config', 'message.max.bytes=2000000'])
        await eventually('both sources', async () => {
          const text = await run(context, 'configs', [...one, '--describe'])
          return /message\.max\.bytes=2000000 .*DYNAMIC_BROKER_CONFIG:message\.max\.bytes=2000000, DYNAMIC_DEFAULT_BROKER_CONFIG:message\.max\.bytes=3000000, DEFAULT_CONFIG:message\.max\.bytes=1048588/.test(
            text,
          )
        })
        assert.match(await run(context, 'configs', [...all, '--describe']), /message\.max\.bytes=3000000/)
        await run(context, 'configs', [...one, '--alter', '--delete-config', 'message.max.bytes'])
        await run(context, 'configs', [...all, '--alter', '--delete-config', 'message.max.bytes'])
        await eventually('the default again', async () => {
          const text = await run(context, 'configs', [...one, '--describe', '--all'])
          return /message\.max\.bytes=1048588 /.test(text)
        })
        const refused = await attempt(context, 'configs', [...one, '--alter', '--add-config', 'log.dirs=/elsewhere'])
        assert.match(refused.stdout + refused.stderr, /Cannot update these configs dynamically/)
      },
    },
    {
      name: 'kafka-configs: levels of a broker’s loggers',
      async run(context) {
        const described = await run(context, 'topics', ['--create', '--topic', context.unique('node')]).then(() =>
          run(context, 'topics', ['--describe', '--exclude-internal']),
        )
        const loggers = ['--entity-type', 'broker-loggers', '--entity-name', /Leader: (\d+)/.exec(described)![1]!]
        const levels = async () =>
          new Map(
            [...(await run(context, 'configs', [...loggers, '--describe'])).matchAll(/^ *(\S+)=([A-Z]+) /gm)].map(
              ([, name, level]) => [name!, level!],
            ),
          )
        const before = await levels()
        const rootLevel = before.get('root')
        const part = [...before.keys()].find((name) => /^(samsa|kafka)\.\w/.test(name))!
        assert.ok(rootLevel)
        const change = await run(context, 'configs', [...loggers, '--alter', '--add-config', `${part}=DEBUG`])
        assert.match(change, /Completed updating config for broker-logger/)
        assert.equal((await levels()).get(part), 'DEBUG')
        assert.equal((await levels()).get('root'), rootLevel)
        await run(context, 'configs', [...loggers, '--alter', '--delete-config', part])
        assert.equal((await levels()).get(part), rootLevel)
        for (const [wrong, words] of [
          [`${part}=LOUD`, /is not a supported log level. Valid log levels are DEBUG, ERROR, FATAL, INFO, TRACE, WARN/],
          ['no.such.logger=INFO', /Invalid broker logger\(s\): no\.such\.logger/],
        ] as const) {
          const refused = await attempt(context, 'configs', [...loggers, '--alter', '--add-config', wrong])
          assert.match(refused.stdout + refused.stderr, words)
        }
      },
    },
    {
      name: 'kafka-configs: broker configs outlive a SIGKILL',
      timeoutMs: 120_000,
      async run(context) {
        const all = ['--entity-type', 'brokers', '--entity-default']
        await run(context, 'configs', [...all, '--alter', '--add-config', 'log.retention.ms=7200000'])
        await context.broker.restart()
        assert.match(await run(context, 'configs', [...all, '--describe']), /log\.retention\.ms=7200000/)
        const topic = context.unique('inherits')
        await run(context, 'topics', ['--create', '--topic', topic])
        const entity = ['--entity-type', 'topics', '--entity-name', topic]
        await eventually('the retention that topics inherit', async () => {
          const { stdout } = await attempt(context, 'configs', [...entity, '--describe', '--all'])
          return /retention\.ms=7200000/.test(stdout)
        })
        await run(context, 'configs', [...all, '--alter', '--delete-config', 'log.retention.ms'])
      },
    },
  ]
}
