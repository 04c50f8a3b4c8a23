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
  private readonly brokerPid: number
  private readonly startedAtMs = performance.now()
  private readonly brokerCpuS: number
  private readonly ownCpu = process.cpuUsage()

  constructor(brokerPid: number) {
    this.brokerPid = brokerPid
    this.brokerCpuS = cpuSeconds(brokerPid)
  }

  get seconds(): number {
    return (performance.now() - this.startedAtMs) / 1_000
  }

  /** CPU seconds of the broker so far. */
  get brokerSeconds(): number {
    return cpuSeconds(this.brokerPid) - this.brokerCpuS
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
