/**
 * The controller as the rest of the broker sees it: three ports, and no word of who stands behind them. Which controller
 * a broker has is decided here: one of its own, a quorum of one voter on the log in its metadata directory, or those of a
 * quorum elsewhere, whose log it observes.
 */
import { controllerListeners } from '../config/listeners.ts'
import type { MetadataImage } from '../metadata/image/metadata-image.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'
import type { AdminRequests } from './admin-requests.ts'
import type { BrokerLife } from './broker-life.ts'
import type { ClusterRequests } from './cluster-requests.ts'
import { LocalController, type LocalControllerOptions, type ServeOthers } from './local/local-controller.ts'

export interface Controller {
  readonly requests: AdminRequests
  readonly metadata: PublishedMetadata
  readonly life: BrokerLife
  /** The controller of this process as other nodes ask it; null: it is elsewhere, or has no listener for them. */
  readonly cluster: ClusterRequests | null
  /**
   * Takes what clients have changed back to an earlier image. Topics of that image are there and empty, and those that
   * are named `untouched` are left alone.
   */
  restore(image: MetadataImage, untouched: ReadonlySet<string>): Promise<void>
  /** The leader of a partition begins a new epoch, to which this resolves. */
  renewLeader(topic: string, partition: number): Promise<number>
  /** A topic is deleted and made anew, with another id, to which this resolves. */
  recreateTopic(name: string): Promise<string>
  /** A start is given up: who waits for controllers elsewhere waits no more. */
  interrupt(): void
  /** Resolves when every request is answered and nothing is being written. */
  stop(): Promise<void>
}

export type StartController = (options: LocalControllerOptions) => Promise<Controller>

/** Resolves when the stored metadata is loaded. Rejects with one clear sentence when its log cannot be continued. */
export const startController: StartController = async (options) => {
  const isElsewhere = !options.config.get('process.roles').includes('controller')
  // A broker with its own controller does not even load the other one.
  const controller = isElsewhere
    ? await (await import('./remote/remote-controller.ts')).RemoteController.start(options)
    : await LocalController.start(options, await servingOthers(options))
  return {
    requests: controller,
    metadata: controller.metadata,
    life: controller.life,
    cluster: controller.cluster,
    restore: (...to) => controller.restore(...to),
    renewLeader: (...of) => controller.renewLeader(...of),
    recreateTopic: (name) => controller.recreateTopic(name),
    interrupt: () => controller.interrupt(),
    stop: () => controller.stop(),
  }
}

/** Loaded only where others can reach the controller of this process. */
async function servingOthers({ config }: LocalControllerOptions): Promise<ServeOthers | null> {
  if (controllerListeners(config).length === 0) return null
  const { ClusterController } = await import('./serving/cluster-controller.ts')
  return (options) => new ClusterController(options)
}
