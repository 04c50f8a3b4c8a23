/** The groups of cases, each with what a reader must know of it, in the order of the report. */
export const sections: readonly [group: string, title: string, words: string][] = [
  [
    'produce',
    'Produce',
    'Raw frames of our own generator, batches of 64 KB, 2 connections with 5 requests on their way each.',
  ],
  ['consume', 'Consume', 'Raw frames, 1 KB records, one fetch of 1 MB on its way for each consumer.'],
  ['share', 'Share groups', 'Raw frames, 1 KB records; the ms of `share/commit` are those of the acknowledgement.'],
  ['latency', 'Latency', 'Raw frames, 100 B records, one partition.'],
  ['transactions', 'Transactions', 'A Java producer in a JVM of its own.'],
  ['crowd', 'Many clients', 'Raw frames; records of 100 B, one partition.'],
  ['client', 'Real clients', 'They take more of the machine than the broker does: rates are those of the client.'],
  ['log', 'Compaction', 'A log that nobody writes to or reads from meanwhile; MB and GB are those that are compacted.'],
  ['security', 'Security', 'Java clients over each protocol, to a broker of their own; logins; the price of ACLs.'],
  [
    'cluster',
    'Cluster',
    "Three brokers of each product under a controller of Apache's: CPU and memory are those of all three.",
  ],
  [
    'proxy',
    'In front of a cluster',
    'Raw frames, 100 B records; `samsa proxy` in a process of its own, before either broker.',
  ],
  [
    'watched',
    'Watched',
    '`/metrics` read every five seconds, beside brokers without HTTP, several of each; the page open and closed on one broker; by turns.',
  ],
  ['start', 'Start', ''],
  ['memory', 'Memory', ''],
  [
    'limit',
    'The limits of this machine',
    'A process that receives bytes and writes them to a file; a round trip of 100 B.',
  ],
]

export const groupOf = (name: string): string => name.split('/')[0]
