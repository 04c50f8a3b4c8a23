/** How each metric is said. Names end with their unit. */
export interface Metric {
  label: string
  digits: number
  better: 'higher' | 'lower'
}

export const metrics: Record<string, Metric> = {
  mbPerS: { label: 'MB/s', digits: 0, better: 'higher' },
  cpuSPerGb: { label: 'broker CPU s/GB', digits: 2, better: 'lower' },
  requestsPerS: { label: 'requests/s', digits: 0, better: 'higher' },
  transactionsPerS: { label: 'transactions/s', digits: 0, better: 'higher' },
  cpuMsPerThousand: { label: 'broker CPU ms per 1,000 requests', digits: 1, better: 'lower' },
  brokerCores: { label: 'broker CPU, cores', digits: 2, better: 'lower' },
  averageMs: { label: 'average ms', digits: 2, better: 'lower' },
  p50Ms: { label: 'p50 ms', digits: 2, better: 'lower' },
  p99Ms: { label: 'p99 ms', digits: 2, better: 'lower' },
  p999Ms: { label: 'p99.9 ms', digits: 2, better: 'lower' },
  proxyAddsMs: { label: 'proxy adds, p50 ms', digits: 2, better: 'lower' },
  relayAddsMs: { label: 'relay of bytes adds, p50 ms', digits: 2, better: 'lower' },
  openMs: { label: 'all open after ms', digits: 0, better: 'lower' },
  cpuMsPerRebalance: { label: 'broker CPU ms a rebalance', digits: 1, better: 'lower' },
  rebalanceMs: { label: 'all assigned after ms', digits: 1, better: 'lower' },
  joinMs: { label: 'all joined after ms', digits: 0, better: 'lower' },
  failoverMs: { label: 'written again after ms', digits: 0, better: 'lower' },
  startMs: { label: 'first answer ms', digits: 0, better: 'lower' },
  idleMb: { label: 'idle MB', digits: 0, better: 'lower' },
  loadedMb: { label: 'loaded MB', digits: 0, better: 'lower' },
  peakMb: { label: 'peak MB', digits: 0, better: 'lower' },
  watchedRate: { label: 'throughput, on/off', digits: 3, better: 'higher' },
  watchedCpu: { label: 'broker CPU, on/off', digits: 3, better: 'lower' },
  watchedMb: { label: 'peak MB, on − off', digits: 1, better: 'lower' },
  aclsRate: { label: 'throughput, with/without', digits: 3, better: 'higher' },
  aclsCpu: { label: 'broker CPU, with/without', digits: 3, better: 'lower' },
  loadCores: { label: 'generator CPU, cores', digits: 2, better: 'lower' },
}

export function say(metric: string, value: number): string {
  return value.toLocaleString('en-US', {
    minimumFractionDigits: metrics[metric].digits,
    maximumFractionDigits: metrics[metric].digits,
  })
}
