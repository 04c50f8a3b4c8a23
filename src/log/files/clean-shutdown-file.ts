import { MalformedFileError } from './malformed-file-error.ts'

/** Its presence says that the logs of a directory were closed whole; its content, under which registration (KIP-966). */
export const CLEAN_SHUTDOWN_FILE = '.kafka_cleanshutdown'

export const UNKNOWN_BROKER_EPOCH = -1n

export function formatCleanShutdownFile(brokerEpoch: bigint): Buffer {
  // JSON.stringify has no int64.
  return Buffer.from(`{"version":0,"brokerEpoch":${brokerEpoch}}`)
}

/** Older brokers left the file empty. */
export function parseCleanShutdownFile(path: string, bytes: Buffer): bigint {
  const text = bytes.toString('utf8').trim()
  if (text === '') return UNKNOWN_BROKER_EPOCH
  const [, epoch] = /"brokerEpoch"\s*:\s*(-?\d+)/.exec(text) ?? []
  if (epoch === undefined) throw new MalformedFileError(path, 'has no brokerEpoch')
  return BigInt(epoch)
}
