import { cpuSeconds } from './process-cost.ts'

/** The cost of moving bytes through a broker. Bytes are those of record values before compression; GB and MB are decimal. */
export interface Throughput {
  mbPerS: number
  /** CPU seconds of the broker for each GB. */
  cpuSPerGb: number
  /** CPU of this generator as a share of one core: near 1 it may have been what limited the rate. */
  loadCores: number
}

/** Measures from its construction to `read`. */
export class Meter {
  private readonly brokerPids: readonly number[]
  private readonly startedAtMs = performance.now()
  private readonly brokerCpuS: number
  private readonly ownCpu = process.cpuUsage()

  /** Several brokers are one: their cost is added up. */
  constructor(brokerPid: number | readonly number[]) {
    this.brokerPids = typeof brokerPid === 'number' ? [brokerPid] : brokerPid
    this.brokerCpuS = this.cpuS()
  }

  get seconds(): number {
    return (performance.now() - this.startedAtMs) / 1_000
  }

  /** CPU seconds of the broker so far. */
  get brokerSeconds(): number {
    return this.cpuS() - this.brokerCpuS
  }

  private cpuS(): number {
    return this.brokerPids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)
  }

  read(bytes: number): Throughput {
    const { seconds, brokerSeconds } = this
    const { user, system } = process.cpuUsage(this.ownCpu)
    return {
      mbPerS: bytes / 1e6 / seconds,
      cpuSPerGb: brokerSeconds / (bytes / 1e9),
      loadCores: (user + system) / 1e6 / seconds,
    }
  }
}
