import type { Curve, Site } from './curve.ts'
import { WARM_UP } from './curve.ts'
import { fewNeeds } from './limits.ts'
import { createTopics, removeTopics, topicsOf } from './topics.ts'

const topics = (site: Site) => topicsOf(site, 1)

export const groupsCurve: Curve = {
  name: 'groups',
  axis: 'groups',
  costOf: 'commit',
  title: 'A commit of one of more and more groups',
  words:
    'Groups of one member each, in the classic protocol, all of which have joined; they commit in turn, 2,000 times a second all together, over 50 connections.',
  needs: () => fewNeeds,
  prepare: (site) => createTopics(site, topics(site)),
  turn(site) {
    const { target, load, scale, count } = site
    const [{ topic }] = topics(site)
    return load.run('groupCommits', {
      port: target.port,
      brokerPid: target.pid,
      topic,
      groups: count,
      perSecond: scale.commitsPerSecond,
      warmUpSeconds: scale.seconds * WARM_UP,
      seconds: scale.seconds,
    })
  },
  // The offsets go with the topic. Empty groups stay for the next points, a ninth as many as those have at most.
  remove: (site) => removeTopics(site, topics(site)),
}
