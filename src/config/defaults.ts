import type { BrokerConfigName } from './tables.ts'

/**
 * Where samsa's defaults differ from Apache's, and why: the README's table is this list. A cluster of one node that a
 * person starts on a laptop is the common case here; whoever sets a key gets exactly what Kafka would do with it.
 */
export const samsaDefaults: readonly { name: BrokerConfigName; value: string; why: string }[] = [
  { name: 'node.id', value: '1', why: 'Apache has no default; one node needs no number of its own.' },
  {
    name: 'process.roles',
    value: 'broker,controller',
    why: 'Apache has no default; samsa is a broker with its own controller.',
  },
  { name: 'controller.listener.names', value: 'CONTROLLER', why: 'Apache has no default.' },
  { name: 'listeners', value: 'PLAINTEXT://localhost:9092', why: 'Nothing is reachable from outside until asked for.' },
  {
    name: 'advertised.listeners',
    value: 'auto',
    why: 'Clients are sent back to the address at which they reached the broker.',
  },
  { name: 'log.dir', value: './data', why: 'Data in /tmp would vanish with the next boot.' },
  {
    name: 'group.initial.rebalance.delay.ms',
    value: '0',
    why: 'A first consumer starts at once instead of after 3 s.',
  },
  { name: 'offsets.topic.replication.factor', value: '1', why: 'One node cannot hold three replicas.' },
  {
    name: 'socket.listen.backlog.size',
    value: '4096',
    why: 'A loop that also works accepts later than a thread does, and a SYN that finds no room is sent again after a second.',
  },
  { name: 'transaction.state.log.replication.factor', value: '1', why: 'One node cannot hold three replicas.' },
  { name: 'transaction.state.log.min.isr', value: '1', why: 'One node is all the replicas there are.' },
  { name: 'share.coordinator.state.topic.replication.factor', value: '1', why: 'One node cannot hold three replicas.' },
  { name: 'share.coordinator.state.topic.min.isr', value: '1', why: 'One node is all the replicas there are.' },
]

const values: ReadonlyMap<string, string> = new Map(samsaDefaults.map(({ name, value }) => [name, value]))

const ONE_NODE: ReadonlySet<string> = new Set([
  'offsets.topic.replication.factor',
  'transaction.state.log.replication.factor',
  'transaction.state.log.min.isr',
  'share.coordinator.state.topic.replication.factor',
  'share.coordinator.state.topic.min.isr',
])

/** Whether the difference is there because one node is all there are. */
export const isForOneNode = (name: string): boolean => ONE_NODE.has(name)

/** samsa's default where it differs from Apache's. */
export const samsaDefault = (name: string): string | undefined => values.get(name)
