/**
 * DescribeLogDirs (key 35): the directories of this broker, what its replicas take in them, and the space on their disks
 * (KIP-113).
 *
 * v1   the response is sent before the client is throttled (KIP-219)
 * v2   flexible
 * v3   an error for the whole response
 * v4   size and free space of the disk (KIP-827)
 * v5   whether a directory takes no new replicas (KIP-1066)
 */
import { ErrorCode } from '../../protocol/errors.ts'
import { DescribeLogDirsRequest, DescribeLogDirsResponse } from '../../protocol/messages/describe-log-dirs.ts'
import type { Encodable } from '../../protocol/schema.ts'
import type { BrokerConfig } from '../config/index.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { type FileSystem, FileSystemError } from '../env/index.ts'
import type { LogDirectoryInfo, LogManager } from '../log/log-manager.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import { CLUSTER_METADATA_TOPIC } from '../metadata/internal-topics.ts'

type Result = NonNullable<Encodable<typeof DescribeLogDirsResponse>['results']>[number]

export interface DescribeLogDirsServices {
  config: BrokerConfig
  files: FileSystem
  logs: LogManager
}

export function describeLogDirsHandler(
  services: DescribeLogDirsServices,
): ApiHandler<typeof DescribeLogDirsRequest, typeof DescribeLogDirsResponse> {
  return {
    apiKey: 35,
    name: 'DescribeLogDirs',
    request: DescribeLogDirsRequest,
    response: DescribeLogDirsResponse,
    minVersion: 1,
    maxVersion: 5,
    oldestVersion: 0,

    async handle(_context, request) {
      const wanted = wantedPartitions(request)
      // The metadata log is not one of the broker's replicas.
      const logs = [...services.logs.logs()].filter(
        ({ topic, partition }) =>
          topic !== CLUSTER_METADATA_TOPIC && (wanted === null || wanted.has(`${topic}/${partition}`)),
      )
      return { results: await Promise.all(services.logs.directories.map((one) => describe(services, one, logs))) }
    },

    errorResponse(_context, _request, code) {
      return { errorCode: code, results: [] }
    },
  }
}

/** null: all of them. */
function wantedPartitions({ topics }: DescribeLogDirsRequest): Set<string> | null {
  if (topics === null) return null
  return new Set(topics.flatMap(({ topic, partitions }) => partitions.map((partition) => `${topic}/${partition}`)))
}

async function describe(
  { config, files }: DescribeLogDirsServices,
  { path, offline }: LogDirectoryInfo,
  logs: readonly PartitionLog[],
): Promise<Result> {
  if (offline) return { logDir: path, errorCode: ErrorCode.KAFKA_STORAGE_ERROR }
  try {
    const { totalBytes, usableBytes } = await files.space(path)
    return {
      logDir: path,
      errorCode: ErrorCode.NONE,
      topics: byTopic(logs.filter(({ directory }) => directory.startsWith(`${path}/`))),
      totalBytes: BigInt(totalBytes),
      usableBytes: BigInt(usableBytes),
      isCordoned: config.get('cordoned.log.dirs').includes(path),
    }
  } catch (error) {
    if (!(error instanceof FileSystemError)) throw error
    return { logDir: path, errorCode: ErrorCode.KAFKA_STORAGE_ERROR }
  }
}

function byTopic(logs: readonly PartitionLog[]) {
  const topics = new Map<string, { partitionIndex: number; partitionSize: bigint; offsetLag: bigint }[]>()
  for (const log of logs) {
    const partitions = topics.get(log.topic) ?? []
    topics.set(log.topic, partitions)
    // The lag of a replica that leads is what is not committed yet.
    const offsetLag = BigInt(Math.max(0, log.highWatermark - log.logEndOffset))
    partitions.push({ partitionIndex: log.partition, partitionSize: BigInt(log.sizeBytes), offsetLag })
  }
  return [...topics].map(([name, partitions]) => ({ name, partitions }))
}
