import { ErrorCode, errorName, KafkaError } from '../../../protocol/errors.ts'
import type { GroupRecord } from '../../../src/coordinator/group/group-words.ts'
import { type GroupBench, subscription } from './group-bench.ts'

/**
 * Plays a transcript of one group: each line that begins with `>` is a request or an event; the lines after it are what
 * became of it: records written (indented), answers (`<`), the state of the group when it is another one (`=`). Answers
 * with the transcript as it really went. A request that is parked has no answer yet; it comes under the line that caused
 * it. Members have names of one word in place of their ids, which a first join finds out.
 *
 *     > join a [v=5] [static=i] [session=ms] [rebalance=ms] [type=consumer] [protocols=range:topic,sticky:topic]
 *     > sync a generation [a=work b=work] [static=i] [protocol=range]
 *     > heartbeat a generation [static=i]          > leave a [b] [.i (by instance id)] [a.i (both)]
 *     > commit a generation offset [v=8]           > beat a epoch [joins] [owns=0,1] [static=i] [topics=t] [regex=r]
 *     > wait ms         > restart        > fail ERROR (the next append does)        > resign
 */
export async function play(bench: GroupBench, script: string): Promise<string> {
  const player = new Player(bench)
  for (const line of script.split('\n').map((text) => text.trim())) {
    if (line.startsWith('>')) await player.take(line)
  }
  return player.lines.join('\n')
}

type Options = ReadonlyMap<string, string>

class Player {
  readonly lines: string[] = []
  #bench: GroupBench
  /** Ids by name, and names by id. */
  readonly #ids = new Map<string, string>()
  readonly #names = new Map<string, string>()
  #answers: string[] = []
  #state = 'Dead'

  constructor(bench: GroupBench) {
    this.#bench = bench
  }

  async take(line: string): Promise<void> {
    const before = this.#bench.log.end
    const [verb = '', ...words] = line.slice(1).trim().split(/\s+/)
    const args = words.filter((word) => !word.includes('='))
    const options = new Map(
      words.filter((word) => word.includes('=')).map((word) => word.split('=') as [string, string]),
    )
    await this.#run(verb, args, options)
    await this.#bench.settle()
    this.lines.push(line)
    // Answers first: the names of new members are learnt from them.
    const answers = this.#answers.map((answer) => `< ${this.#named(answer)}`)
    for (const record of this.#bench.records(before)) this.lines.push(`  ${this.#named(describeRecord(record))}`)
    this.lines.push(...answers)
    this.#answers = []
    const state = await this.#currentState()
    if (state !== this.#state) this.lines.push(`= ${state}`)
    this.#state = state
  }

  async #currentState(): Promise<string> {
    try {
      const [listed] = await this.#bench.coordinator.admin.list({ statesFilter: [], typesFilter: [] })
      return listed === undefined ? 'Dead' : `${listed.groupType} ${listed.groupState}`
    } catch (error) {
      if (error instanceof KafkaError) return errorName(error.code)
      throw error
    }
  }

  async #run(verb: string, args: readonly string[], options: Options): Promise<void> {
    const [name = '', second = '', third = ''] = args
    switch (verb) {
      case 'join':
        return this.#join(name, options)
      case 'sync':
        return this.#sync(name, Number(second), options)
      case 'heartbeat':
        return this.#heartbeat(name, Number(second), options)
      case 'leave':
        return this.#leave(args)
      case 'commit':
        return this.#commit(name, Number(second), Number(third), options)
      case 'beat':
        return this.#beat(name, Number(second), third === 'joins', options)
      case 'wait':
        return this.#bench.advance(Number(name))
      case 'restart': {
        const { image } = this.#bench
        this.#bench = await this.#bench.restart()
        this.#bench.image = image
        return
      }
      case 'fail':
        this.#bench.log.failure = new KafkaError(ErrorCode[name as keyof typeof ErrorCode])
        return
      case 'resign':
        return this.#bench.coordinator.onResignation(0, 2)
      default:
        throw new Error(`The transcript has no ${verb}`)
    }
  }

  /** Notes the answer of a request when it comes. */
  #ask<T>(who: string, request: Promise<T>, say: (answer: T) => string): void {
    request.then(
      (answer) => this.#answers.push(`${who} ${say(answer)}`),
      (error: unknown) => {
        if (!(error instanceof KafkaError)) throw error
        this.#answers.push(`${who} ${errorName(error.code)}`)
      },
    )
  }

  #join(name: string, options: Options): void {
    const protocols = (options.get('protocols') ?? 'range:topic').split(',').map((text) => {
      const [protocol = '', topic = ''] = text.split(':')
      return { name: protocol, metadata: subscription(topic) }
    })
    const request = {
      groupId: 'group',
      memberId: this.#ids.get(name) ?? options.get('id') ?? '',
      groupInstanceId: options.get('static') ?? null,
      sessionTimeoutMs: Number(options.get('session') ?? 10_000),
      rebalanceTimeoutMs: Number(options.get('rebalance') ?? 60_000),
      protocolType: options.get('type') ?? 'consumer',
      protocols: options.get('protocols') === 'none' ? [] : protocols,
      reason: null,
    }
    const client = { apiVersion: Number(options.get('v') ?? 5), clientId: 'client', clientHost: '/127.0.0.1' }
    this.#ask(`${name} join:`, this.#bench.coordinator.classic.join(client, request), (answer) => {
      const { errorCode = 0, memberId = '', generationId, protocolName, leader, members, skipAssignment } = answer
      const isMember = errorCode === ErrorCode.NONE || errorCode === ErrorCode.MEMBER_ID_REQUIRED
      if (isMember && !this.#names.has(memberId)) {
        this.#ids.set(name, memberId)
        this.#names.set(memberId, name)
      }
      if (errorCode !== 0) return errorName(errorCode)
      const others = (members ?? []).map((member) => member?.memberId)
      const role = leader === memberId ? 'leads' : leader ? `follows ${leader}` : 'alone'
      return ['generation', generationId, protocolName, role, ...others, ...(skipAssignment ? ['skipping'] : [])].join(
        ' ',
      )
    })
  }

  #sync(name: string, generationId: number, options: Options): void {
    const assignments = [...options]
      .filter(([key]) => this.#ids.has(key))
      .map(([key, text]) => ({ memberId: this.#id(key), assignment: Buffer.from(text) }))
    const protocolName = options.get('protocol') ?? 'range'
    const request = {
      groupId: 'group',
      generationId,
      memberId: this.#id(name),
      groupInstanceId: options.get('static') ?? null,
      protocolType: 'consumer',
      protocolName: protocolName === 'null' ? null : protocolName,
      assignments,
    }
    this.#ask(`${name} sync:`, this.#bench.coordinator.classic.sync(request), ({ errorCode = 0, assignment }) =>
      errorCode === 0 ? `gets ${(assignment && readable(assignment)) || 'nothing'}` : errorName(errorCode),
    )
  }

  #heartbeat(name: string, generationId: number, options: Options): void {
    const request = {
      groupId: 'group',
      generationId,
      memberId: this.#id(name),
      groupInstanceId: options.get('static') ?? null,
    }
    this.#ask(`${name} heartbeat:`, this.#bench.coordinator.classic.heartbeat(request), ({ errorCode = 0 }) =>
      code(errorCode),
    )
  }

  #leave(args: readonly string[]): void {
    const members = args.map((text) => {
      const [name = '', instanceId] = text.split('.')
      return { memberId: name === '' ? '' : this.#id(name), groupInstanceId: instanceId ?? null, reason: null }
    })
    const request = { groupId: 'group', memberId: '', members }
    this.#ask('leave:', this.#bench.coordinator.classic.leave(request), ({ errorCode = 0, members: left }) => {
      if (errorCode !== 0) return errorName(errorCode)
      return args.map((arg, index) => `${arg} ${code(left?.[index]?.errorCode ?? 0)}`).join(', ')
    })
  }

  #commit(name: string, generationId: number, offset: number, options: Options): void {
    const partition = { partitionIndex: 0, committedOffset: BigInt(offset), committedLeaderEpoch: 3 }
    const topic = { name: 'topic', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' }
    const request = {
      groupId: 'group',
      generationIdOrMemberEpoch: generationId,
      memberId: name === 'nobody' ? '' : this.#id(name),
      groupInstanceId: null,
      retentionTimeMs: -1n,
      topics: [{ ...topic, partitions: [{ ...partition, commitTimestamp: -1n, committedMetadata: '' }] }],
    }
    const version = Number(options.get('v') ?? 8)
    this.#ask(`${name} commit:`, this.#bench.coordinator.offsets.commit(version, request), ({ topics }) =>
      code(topics?.[0]?.partitions?.[0]?.errorCode ?? 0),
    )
  }

  #beat(name: string, memberEpoch: number, joins: boolean, options: Options): void {
    const owned = options.get('owns')?.split(',').map(Number)
    const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'
    const regex = options.get('regex') ?? null
    const request = {
      groupId: 'group',
      memberId: name,
      memberEpoch,
      instanceId: options.get('static') ?? null,
      rackId: null,
      rebalanceTimeoutMs: joins ? 60_000 : -1,
      subscribedTopicNames: joins && regex === null ? ['topic'] : null,
      subscribedTopicRegex: regex,
      serverAssignor: null,
      topicPartitions: owned === undefined ? (joins ? [] : null) : [{ topicId, partitions: owned }],
    }
    const client = { apiVersion: 1, clientId: 'client', clientHost: '/127.0.0.1' }
    this.#ask(`${name} beat:`, this.#bench.coordinator.consumer.heartbeat(client, request), (answer) => {
      const { errorCode = 0, memberEpoch: epoch, assignment } = answer
      if (errorCode !== 0) return errorName(errorCode)
      const partitions = assignment?.topicPartitions?.flatMap((each) => [...(each?.partitions ?? [])]).sort()
      const told = partitions === undefined ? [] : ['has', partitions.join(',') || 'nothing']
      return ['epoch', epoch, ...told].join(' ')
    })
  }

  /** The id behind a name; a name that nobody has is an id that nobody has. */
  #id(name: string): string {
    return this.#ids.get(name) ?? name
  }

  #named(text: string): string {
    let named = text
    for (const [id, name] of this.#names) named = named.replaceAll(id, name)
    return named
  }
}

/** Assignments of tests are words; those that the broker itself makes are shown by their length. */
const readable = (assignment: Buffer): string => {
  const text = assignment.toString('latin1')
  return /^[ -~]*$/.test(text) ? text : `${assignment.length} bytes`
}

const code = (errorCode: number): string => (errorCode === 0 ? 'ok' : errorName(errorCode))

function describeRecord(record: GroupRecord): string {
  switch (record.kind) {
    case 'offset':
      return `offset ${record.topic}-${record.partition} ${record.value?.offset ?? 'tombstone'}`
    case 'classic': {
      if (record.value === null) return 'classic tombstone'
      const { generation, protocolType, protocol, leader, members } = record.value
      const each = members.map(({ memberId, assignment }) => `${memberId}=${readable(assignment)}`)
      const lead = leader === null ? [] : [`led by ${leader}`]
      return ['classic', generation, protocolType, protocol, ...lead, ...each]
        .filter((word) => word !== '' && word !== null)
        .join(' ')
    }
    case 'consumer':
      return describeConsumerRecord(record)
    default:
      return record.kind
  }
}

function describeConsumerRecord(record: GroupRecord & { kind: 'consumer' }): string {
  if (record.value === null)
    return ['tombstone of', record.type, 'memberId' in record ? record.memberId : ''].join(' ').trim()
  switch (record.type) {
    case 'epoch':
      return `epoch ${record.value.epoch}`
    case 'member': {
      const { subscribedTopicNames: names, subscribedTopicRegex: regex, instanceId, classic } = record.value
      const words = [
        ...names,
        ...(regex ? [`/${regex}/`] : []),
        ...(instanceId === null ? [] : [`static ${instanceId}`]),
      ]
      return ['member', record.memberId, ...words, ...(classic === null ? [] : ['classic'])].join(' ')
    }
    case 'target-epoch':
      return `target epoch ${record.value.assignmentEpoch}`
    case 'target':
      return `target ${record.memberId} ${partitions(record.value)}`
    case 'assignment': {
      const { memberEpoch, state, assigned, pendingRevocation } = record.value
      const revoking = pendingRevocation.size === 0 ? '' : ` revoking ${partitions(pendingRevocation)}`
      return `assignment ${record.memberId} ${memberEpoch} ${state} ${partitions(assigned)}${revoking}`
    }
    case 'regex':
      return `regex /${record.regex}/ ${[...record.value.topics].join(' ')}`.trim()
    default:
      return record.type
  }
}

function partitions(byTopic: ReadonlyMap<string, ReadonlySet<number> | ReadonlyMap<number, number>>): string {
  return [...byTopic.values()].flatMap((ofTopic) => [...ofTopic.keys()]).join(',') || 'nothing'
}

/** The same text without what only makes it readable. */
export const normalized = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => (/^[<>=]/.test(line) ? line : `  ${line}`))
    .join('\n')
