import type { Curve, Site } from './curve.ts'
import { WARM_UP } from './curve.ts'
import { produceTurn } from './produce-turn.ts'
import { createTopics, removeTopics, topicsOf } from './topics.ts'

const topics = (site: Site) => topicsOf(site, 1)

export const connectionsCurve: Curve = {
  name: 'connections',
  axis: 'connections',
  costOf: 'record',
  title: 'A record on one of more and more connections',
  words:
    'Each connection has one record of 100 B on its way to one partition, acks=1, and sends the next when that is answered.',
  needs: (count) => ({ openFiles: count, mappings: 0 }),
  prepare: (site) => createTopics(site, topics(site)),
  turn(site) {
    const { scale, count } = site
    return produceTurn(site, topics(site), {
      records: 1,
      connections: count,
      inFlight: 1,
      warmUpRequests: Math.max(count, scale.requests * WARM_UP),
      requests: Math.max(count, scale.requests),
    })
  },
  remove: (site) => removeTopics(site, topics(site)),
}
