import type { Curve, Site } from './curve.ts'
import { WARM_UP } from './curve.ts'
import { fewNeeds } from './limits.ts'
import { FEW, produceTurn } from './produce-turn.ts'
import { createTopics, removeTopics, topicsOf } from './topics.ts'

const topics = (site: Site) => topicsOf(site, 1)

export const batchSizeCurve: Curve = {
  name: 'batch-size',
  axis: 'records in a batch',
  costOf: 'record',
  title: 'A record in larger and larger batches',
  words:
    'Records of 100 B to one partition, acks=1, a batch a request, 2 connections with 5 requests on their way each. The number of requests is the same until they carry five million records, and then that of records is.',
  needs: () => fewNeeds,
  // A batch of 10,000 records is a little larger than brokers take by default.
  prepare: (site) => createTopics(site, topics(site), { 'max.message.bytes': '2000000' }),
  turn(site) {
    const { scale, count } = site
    const requests = Math.max(1, Math.min(scale.requests, Math.floor(scale.records / count)))
    return produceTurn(site, topics(site), { ...FEW, records: count, warmUpRequests: requests * WARM_UP, requests })
  },
  remove: (site) => removeTopics(site, topics(site)),
}
