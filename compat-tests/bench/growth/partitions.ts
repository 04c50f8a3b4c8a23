import type { Curve, Site } from './curve.ts'
import { WARM_UP } from './curve.ts'
import { FEW, produceTurn } from './produce-turn.ts'
import { createTopics, removeTopics, topicsOf } from './topics.ts'

/** Apache maps two indexes of each partition, and holds its log open. */
const MAPPINGS_OF_A_PARTITION = 2

const topics = (site: Site) => topicsOf(site, site.count)

export const partitionsCurve: Curve = {
  name: 'partitions',
  axis: 'partitions',
  costOf: 'record',
  title: 'A record to one of more and more partitions',
  words:
    'Records of 100 B, one a request, to all partitions in turn (topics of at most 1,000 of them), acks=1, 2 connections with 5 requests on their way each. Every partition has its first record before anything is measured.',
  needs: (count) => ({ openFiles: count, mappings: count * MAPPINGS_OF_A_PARTITION }),
  prepare: (site) => createTopics(site, topics(site)),
  turn(site) {
    const { requests } = site.scale
    const warmUpRequests = Math.max(site.count, requests * WARM_UP)
    return produceTurn(site, topics(site), { ...FEW, records: 1, warmUpRequests, requests })
  },
  remove: (site) => removeTopics(site, topics(site)),
}
