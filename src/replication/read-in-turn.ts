import type { FetchPartition, FetchResult } from './fetch-session.ts'

/** Reads at most `maxBytes` of a partition; at least one whole batch when `minOneBatch`. */
type ReadOne = (request: FetchPartition, maxBytes: number, minOneBatch: boolean) => FetchResult | Promise<FetchResult>

/**
 * Reads one partition after another; each leaves to those behind it what it has not used of `maxBytes`. One batch is given
 * even if it is larger than the limits, so that a consumer never gets stuck (KIP-74). The results come at once where each
 * partition gives its own at once, which those whose newest records are read do.
 */
export function readInTurn(
  requests: readonly FetchPartition[],
  maxBytes: number,
  readOne: ReadOne,
): FetchResult[] | Promise<FetchResult[]> {
  const results: FetchResult[] = []
  let remainingBytes = maxBytes
  let minOneBatch = true
  const take = (result: FetchResult): void => {
    if (result.sizeBytes > 0) minOneBatch = false
    remainingBytes = Math.max(0, remainingBytes - result.sizeBytes)
    results.push(result)
  }
  const goOn = (): FetchResult[] | Promise<FetchResult[]> => {
    for (let request = requests[results.length]; request !== undefined; request = requests[results.length]) {
      const read = readOne(request, Math.min(request.maxBytes, remainingBytes), minOneBatch)
      if (read instanceof Promise) return read.then(takeAndGoOn)
      take(read)
    }
    return results
  }
  const takeAndGoOn = (result: FetchResult) => {
    take(result)
    return goOn()
  }
  return goOn()
}
