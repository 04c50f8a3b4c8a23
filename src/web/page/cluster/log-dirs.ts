import { ErrorCode, errorName } from '../../../../protocol/errors.ts'
import type { BrokerCalls } from '../broker-calls.ts'
import type { LogDirRow } from '../model.ts'
import { ensure } from '../page-error.ts'

/** The log directories of the broker that serves the page, with the replicas in each. */
export async function listLogDirs(calls: BrokerCalls): Promise<LogDirRow[]> {
  const { errorCode, results } = await calls.call('DescribeLogDirs', { topics: null })
  ensure(errorCode, 'The log directories')
  return results.map((directory) => {
    const replicas = directory.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, partitionSize, offsetLag, isFutureKey }) => ({
        topic: name,
        partition: partitionIndex,
        bytes: Number(partitionSize),
        lag: Number(offsetLag),
        future: isFutureKey,
      })),
    )
    return {
      path: directory.logDir,
      problem: directory.errorCode === ErrorCode.NONE ? null : errorName(directory.errorCode),
      totalBytes: Number(directory.totalBytes),
      usableBytes: Number(directory.usableBytes),
      cordoned: directory.isCordoned,
      bytes: replicas.reduce((sum, { bytes }) => sum + bytes, 0),
      replicas: replicas.sort((a, b) => b.bytes - a.bytes),
    }
  })
}
