import type { Proof } from './proof.ts'

/** Keys of a broker whose controllers are elsewhere. */
export const clusterProofs: Readonly<Record<string, readonly Proof[]>> = {
  'test/controller/remote/remote-controller.test.ts': [
    {
      title: 'follows what is committed and nothing else; a tail that was never committed is cut',
      keys: { broker: ['controller.quorum.bootstrap.servers'] },
    },
    {
      title: 'controller.quorum.voters says who the controllers are, and where',
      keys: { broker: ['controller.quorum.voters'] },
    },
    {
      title: 'controller.quorum.fetch.max.bytes and its like for snapshots are what is asked for at most',
      keys: { broker: ['controller.quorum.fetch.max.bytes', 'controller.quorum.fetch.snapshot.max.bytes'] },
    },
    {
      title: 'controller.quorum.request.timeout.ms and controller.quorum.retry.backoff.ms: a controller that is silent',
      keys: { broker: ['controller.quorum.request.timeout.ms', 'controller.quorum.retry.backoff.ms'] },
    },
    {
      title: 'controller.socket.timeout.ms is how long the controller may take for an answer',
      keys: { broker: ['controller.socket.timeout.ms'] },
    },
    {
      title: 'initial.broker.registration.timeout.ms is how long a broker looks for controllers',
      keys: { broker: ['initial.broker.registration.timeout.ms'] },
    },
    {
      title: 'broker.heartbeat.interval.ms is how often a broker says that it lives, fenced until it is ready',
      keys: { broker: ['broker.heartbeat.interval.ms'] },
    },
    {
      title: 'controlled.shutdown.enable=false leaves without a word',
      keys: { broker: ['controlled.shutdown.enable'] },
    },
    {
      title: 'log.dir.failure.timeout.ms is how long a failed directory may remain a secret',
      keys: { broker: ['log.dir.failure.timeout.ms'] },
    },
  ],
  'test/controller/serving/upkeep.test.ts': [
    {
      title: 'broker.session.timeout.ms is how long a broker may be silent, whoever was fenced before',
      keys: { broker: ['broker.session.timeout.ms'] },
    },
    {
      title: 'auto.leader.rebalance.enable and the intervals of elections are in force',
      keys: {
        broker: [
          'auto.leader.rebalance.enable',
          'leader.imbalance.check.interval.seconds',
          'unclean.leader.election.interval.ms',
        ],
      },
    },
  ],
}
