import { clusterCommand } from '../definition/cluster-command.ts'
import type { ArgumentDefinition, CommandDefinition, OptionDefinition } from '../definition/command.ts'
import { collect, wholeNumber } from '../definition/values.ts'
import { PLACE_HELP, parsePlace } from '../records/place.ts'

const group: ArgumentDefinition = { usage: '<group>', description: 'its id', values: 'group' }
const groupsArgument: ArgumentDefinition = { usage: '<group...>', description: 'ids of groups', values: 'group' }
const topic: OptionDefinition = {
  flags: '-t, --topic <name[:partition,...]>',
  description: 'only this topic, or these partitions of it',
  values: 'topic',
  parse: collect,
}

const list = clusterCommand({
  name: 'list',
  summary: 'list groups of every kind',
  examples: ['samsa groups list', 'samsa groups list --type share --state stable'],
  args: [{ usage: '[word...]', description: 'only groups whose id contains one of these', values: 'group' }],
  options: [
    {
      flags: '--type <type>',
      description: 'only groups of this kind',
      values: ['classic', 'consumer', 'share', 'streams'],
    },
    { flags: '--state <state>', description: 'only groups in this state, such as Stable, Empty, Dead' },
  ],
  load: async () => (await import('../groups/list.ts')).listTheGroups,
})

const describe = clusterCommand({
  name: 'describe',
  summary: 'describe groups: members, assignments, committed offsets and lag',
  examples: ['samsa groups describe billing', "samsa groups describe billing --json | jq '.offsets[].lag'"],
  args: [groupsArgument],
  load: async () => (await import('../groups/describe.ts')).describeGroups,
})

const reset = clusterCommand({
  name: 'reset',
  summary: 'set the committed offsets of a group without members to a place',
  details: `
Places: ${PLACE_HELP}.
Without --topic all partitions that the group has committed are reset. An offset that a partition has not becomes its beginning
or its end. Of a share group it is set where it begins to read.`,
  examples: [
    ['samsa groups reset billing --to beginning --dry-run', 'a preview'],
    'samsa groups reset billing --to -1h --topic orders',
    'samsa groups reset billing --to 4711 --topic orders:0,3',
    ['samsa groups reset billing --by -100', 'a hundred records of each partition again'],
  ],
  args: [group],
  options: [
    { flags: '--to <place>', description: 'the next record that the group reads', parse: parsePlace },
    {
      flags: '--by <number>',
      description: 'so many forward, or back where it is negative',
      parse: wholeNumber,
      conflicts: ['to'],
    },
    topic,
    { flags: '--dry-run', description: 'show what would be, and change nothing' },
  ],
  load: async () => (await import('../groups/reset.ts')).resetOffsets,
})

const remove = clusterCommand({
  name: 'delete',
  summary: 'delete groups without members, with their offsets',
  examples: ['samsa groups delete billing'],
  args: [groupsArgument],
  load: async () => (await import('../groups/remove.ts')).deleteGroups,
})

const deleteOffsets = clusterCommand({
  name: 'delete-offsets',
  summary: 'let a group forget what it has committed of topics that it does not read any more',
  examples: ['samsa groups delete-offsets billing --topic orders'],
  args: [group],
  options: [{ ...topic, isRequired: true }],
  load: async () => (await import('../groups/remove.ts')).forgetOffsets,
})

const removeMembers = clusterCommand({
  name: 'remove-members',
  summary: 'let members leave a classic group; those that live come back by themselves',
  examples: ['samsa groups remove-members billing --instance-id worker-3', 'samsa groups remove-members billing --all'],
  args: [group],
  options: [
    { flags: '--member-id <id>', description: 'a member', parse: collect },
    { flags: '--instance-id <id>', description: 'a static member', parse: collect },
    { flags: '--all', description: 'every member' },
  ],
  load: async () => (await import('../groups/remove.ts')).removeMembers,
})

/** `samsa groups`: classic, consumer, share and streams groups. */
export const groups: CommandDefinition = {
  name: 'groups',
  summary: 'list, describe, reset and delete groups',
  commands: [list, describe, reset, remove, deleteOffsets, removeMembers],
}
