import type { Environment } from '../index.ts'
import { nodeClock } from './clock.ts'
import { WorkerCompute } from './compute.ts'
import { NodeFileSystem } from './file-system.ts'
import { nodeHttp } from './http.ts'
import { nodeNetwork } from './network.ts'
import { nodeProcess } from './process.ts'
import { nodeRandom } from './random.ts'

/** The machine itself. Nothing is opened or started until it is used. */
export function nodeEnvironment(): Environment {
  return {
    clock: nodeClock,
    random: nodeRandom,
    files: new NodeFileSystem(nodeClock),
    network: nodeNetwork,
    compute: new WorkerCompute(nodeClock),
    http: nodeHttp,
    process: nodeProcess,
  }
}
