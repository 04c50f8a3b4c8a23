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
import type { ApiHandler } from '../dispatch/handler.ts'
import { type FileSystem, FileSystemError } from '../env/index.ts'
import type { LogDirectoryInfo, LogManager } from '../log/manager/log-manager.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import { CLUSTER_METADATA_TOPIC } from '../metadata/internal-topics.ts'

type Result = NonNullable<Encodable<typeof DescribeLogDirsResponse>['results']>[number]

interface PartitionResult {
  partitionIndex: number
  partitionSize: bigint
  offsetLag: bigint
  isFutureKey: boolean
}

interface Replica {
  log: PartitionLog
  sizeBytes: number
  /** Offsets. */
  lag: number
  isFuture: boolean
}

export interface DescribeLogDirsServices {
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
    access: { needs: [{ operation: 'DESCRIBE', resource: 'CLUSTER', refused: 'request' }] },

    async handle(_context, request) {
      const wanted = wantedPartitions(request)
      // The metadata log is not one of the broker's replicas.
      const logs = [...services.logs.logs()].filter(
        ({ topic, partition }) =>
          topic !== CLUSTER_METADATA_TOPIC && (wanted === null || wanted.has(`${topic}/${partition}`)),
      )
      const { directories } = services.logs
      return {
        results: await Promise.all(directories.map((one) => describe(services, one, replicasIn(services, one, logs)))),
      }
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
  { files }: DescribeLogDirsServices,
  { path, offline, isCordoned }: LogDirectoryInfo,
  replicas: readonly Replica[],
): Promise<Result> {
  if (offline) return { logDir: path, errorCode: ErrorCode.KAFKA_STORAGE_ERROR }
  try {
    const { totalBytes, usableBytes } = await files.space(path)
    return {
      logDir: path,
      errorCode: ErrorCode.NONE,
      topics: byTopic(replicas),
      totalBytes: BigInt(totalBytes),
      usableBytes: BigInt(usableBytes),
      isCordoned,
    }
  } catch (error) {
    if (!(error instanceof FileSystemError)) throw error
    return { logDir: path, errorCode: ErrorCode.KAFKA_STORAGE_ERROR }
  }
}

/** The replicas that are in the directory, and the copies of those that move into it. */
function replicasIn({ logs: manager }: DescribeLogDirsServices, one: LogDirectoryInfo, logs: readonly PartitionLog[]) {
  const replicas: Replica[] = []
  for (const log of logs) {
    const move = manager.moves.moveOf(log)
    // The lag of a replica that leads is what is not committed yet.
    const lag = log.replica.highWatermark - log.logEndOffset
    if (manager.directoryOf(log) === one) replicas.push({ log, sizeBytes: log.sizeBytes, lag, isFuture: false })
    else if (move?.target === one) {
      replicas.push({ log, sizeBytes: move.copiedBytes, lag: log.logEndOffset - move.copiedOffset, isFuture: true })
    }
  }
  return replicas
}

function byTopic(replicas: readonly Replica[]) {
  const topics = new Map<string, PartitionResult[]>()
  for (const { log, sizeBytes, lag, isFuture } of replicas) {
    const partitions = topics.get(log.topic) ?? []
    topics.set(log.topic, partitions)
    partitions.push({
      partitionIndex: log.partition,
      partitionSize: BigInt(sizeBytes),
      offsetLag: BigInt(Math.max(0, lag)),
      isFutureKey: isFuture,
    })
  }
  return [...topics].map(([name, partitions]) => ({ name, partitions }))
}
