import { clusterCommand } from '../definition/cluster-command.ts'
import type { CommandDefinition, OptionDefinition } from '../definition/command.ts'
import { collect } from '../definition/values.ts'

const partitions: OptionDefinition = {
  flags: '-t, --topic <name[:partition,...]>',
  description: 'this topic, or these partitions of it',
  values: 'topic',
  parse: collect,
}

const describe = clusterCommand({
  name: 'describe',
  summary: 'describe the cluster: its id, its brokers, what is not well',
  examples: ['samsa cluster describe'],
  load: async () => (await import('../cluster/describe.ts')).describeTheCluster,
})

const quorum = clusterCommand({
  name: 'quorum',
  summary: 'describe the quorum of the metadata: leader, voters, observers and how far they are behind',
  examples: ['samsa cluster quorum'],
  load: async () => (await import('../cluster/quorum.ts')).showQuorum,
})

const features = clusterCommand({
  name: 'features',
  summary: 'show features and their levels, or change the level of one',
  examples: [
    'samsa cluster features',
    'samsa cluster features --set share.version=1 --dry-run',
    'samsa cluster features --set share.version=0 --downgrade',
  ],
  options: [
    { flags: '--set <feature=level>', description: 'another level; 0 disables the feature', parse: collect },
    { flags: '--downgrade', description: 'the level may be a lower one' },
    { flags: '--unsafe', description: 'even if metadata are lost by that' },
    { flags: '--dry-run', description: 'let the cluster judge it, and change nothing' },
  ],
  load: async () => (await import('../cluster/quorum.ts')).showFeatures,
})

const reassignments = clusterCommand({
  name: 'reassignments',
  summary: 'show which partitions are being moved, or give moves up',
  examples: ['samsa cluster reassignments', 'samsa cluster reassignments --cancel --topic orders'],
  options: [{ flags: '--cancel', description: 'give up all of them, or those of --topic' }, partitions],
  load: async () => (await import('../cluster/leadership.ts')).reassignments,
})

const elect = clusterCommand({
  name: 'elect',
  summary: 'elect leaders: the preferred replica of each partition, or any that is left',
  examples: ['samsa cluster elect', 'samsa cluster elect --unclean --topic orders:0'],
  options: [
    partitions,
    { flags: '--unclean', description: 'a replica that is not in sync may lead: records may be lost' },
  ],
  load: async () => (await import('../cluster/leadership.ts')).elect,
})

const logDirectories = clusterCommand({
  name: 'log-dirs',
  summary: 'show the log directories of the brokers, and how full they are',
  examples: ['samsa cluster log-dirs'],
  load: async () => (await import('../cluster/describe.ts')).logDirectories,
})

const unregister = clusterCommand({
  name: 'unregister',
  summary: 'take a broker that will not come back out of the cluster',
  examples: ['samsa cluster unregister 3'],
  args: [{ usage: '<broker>', description: 'its id', values: 'broker' }],
  load: async () => (await import('../cluster/leadership.ts')).unregister,
})

/** `samsa cluster`: brokers, quorum, features, moves and elections. */
export const cluster: CommandDefinition = {
  name: 'cluster',
  summary: 'describe a cluster: brokers, quorum, features, reassignments, elections',
  commands: [describe, quorum, features, reassignments, elect, logDirectories, unregister],
}
