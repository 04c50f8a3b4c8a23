import { ErrorCode, errorName } from '../../../protocol/errors.ts'
import type { TransactionRecord } from '../../../src/coordinator/transaction/transaction-records.ts'
import type { Producer, TransactionBench } from './transaction-bench.ts'

/**
 * Plays a transcript: each line that begins with `>` is a request; the lines after it are what became of it: records
 * written, markers written, the answer. Answers with the transcript as it really went.
 *
 *     > init [expected=id/epoch]      > add id/epoch partition…      > commit|abort id/epoch
 *     > restart                       > wait ms                      > verify id/epoch partition…
 */
export async function play(bench: TransactionBench, script: string, clientVersion: number): Promise<string> {
  let current = bench
  const lines: string[] = []
  for (const request of script.split('\n').map((line) => line.trim())) {
    if (!request.startsWith('>')) continue
    const recordsBefore = current.records().length
    const markersBefore = current.world.markers.length
    const [verb, ...args] = request.slice(1).trim().split(/\s+/)
    let answer = ''
    if (verb === 'restart') current = await current.restart()
    else answer = await run(current, verb, args, clientVersion)
    await current.settle()
    lines.push(request)
    for (const record of current.records().slice(recordsBefore)) lines.push(`  ${describeRecord(record)}`)
    for (const { partition, committed, ...marker } of current.world.markers.slice(markersBefore)) {
      const { producerId, producerEpoch, coordinatorEpoch } = marker
      const type = committed ? 'COMMIT' : 'ABORT'
      lines.push(`  ${type} ${producerId}/${producerEpoch} by ${coordinatorEpoch} to ${partition}`)
    }
    if (answer !== '') lines.push(`< ${answer}`)
  }
  return lines.join('\n')
}

async function run(bench: TransactionBench, verb: string, args: string[], clientVersion: number): Promise<string> {
  switch (verb) {
    case 'init':
      return say(await bench.init(args.length === 0 ? null : producer(args[0])))
    case 'add':
      return say(await bench.add(producer(args[0]), args.slice(1), clientVersion))
    case 'commit':
    case 'abort':
      return say(await bench.end(producer(args[0]), verb === 'commit', clientVersion))
    case 'wait':
      await bench.advance(Number(args[0]))
      return ''
    default:
      throw new Error(`The transcript has no ${verb}`)
  }
}

function producer(text: string): Producer {
  const [id, epoch] = text.split('/')
  return { producerId: BigInt(id), producerEpoch: Number(epoch) }
}

function say(answer: Producer | number): string {
  if (typeof answer === 'number') return answer === ErrorCode.NONE ? 'ok' : errorName(answer)
  return answer.producerId === -1n ? 'ok' : `${answer.producerId}/${answer.producerEpoch}`
}

function describeRecord({ value, transactionalId }: TransactionRecord): string {
  if (value === null) return `tombstone ${transactionalId}`
  const partitions = [...value.partitions].flatMap(([topic, ids]) => [...ids].map((id) => `${topic}-${id}`))
  const next = value.nextProducerId === -1n ? '' : ` then ${value.nextProducerId}`
  return [`${value.state} ${value.producerId}/${value.producerEpoch}${next}`, ...partitions].join(' ')
}

/** The same text without what only makes it readable. */
export const normalized = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => (line.startsWith('>') || line.startsWith('<') ? line : `  ${line}`))
    .join('\n')
