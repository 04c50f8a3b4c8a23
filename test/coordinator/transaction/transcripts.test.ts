/** Records and answers of the coordinator, request by request, reasoned from Kafka's protocol (KIP-98, KIP-360, KIP-890). */
import t from 'tap'
import { type BenchOptions, TransactionBench } from '../support/transaction-bench.ts'
import { normalized, play } from '../support/transaction-transcript.ts'

function transcript(name: string, clientVersion: number, expected: string, options: BenchOptions = {}): void {
  t.test(name, async (t) => {
    const bench = await TransactionBench.start({ transactionVersion: clientVersion, ...options })
    t.equal(await play(bench, expected, clientVersion), normalized(expected))
  })
}

transcript(
  'the classic protocol: commit, abort, and what may be repeated',
  0,
  `
  > init
    Empty 0/0
  < 0/0
  > commit 0/0
  < INVALID_TXN_STATE
  > add 0/0 a-0 a-1
    Ongoing 0/0 a-0 a-1
  < ok
  # nothing new
  > add 0/0 a-1
  < ok
  > add 0/0 b-0
    Ongoing 0/0 a-0 a-1 b-0
  < ok
  > commit 0/0
    PrepareCommit 0/0 a-0 a-1 b-0
    CompleteCommit 0/0
    COMMIT 0/0 by 1 to a-0
    COMMIT 0/0 by 1 to a-1
    COMMIT 0/0 by 1 to b-0
  < ok
  > commit 0/0
  < ok
  > abort 0/0
  < INVALID_TXN_STATE
  > add 0/0 a-0
    Ongoing 0/0 a-0
  < ok
  > abort 0/0
    PrepareAbort 0/0 a-0
    CompleteAbort 0/0
    ABORT 0/0 by 1 to a-0
  < ok
  > commit 0/0
  < INVALID_TXN_STATE
  `,
)

transcript(
  'transaction version 2: every end bumps the epoch, and a repeated one is known by the epoch before',
  2,
  `
  > init
    Empty 0/0
  < 0/0
  > commit 0/0
  < INVALID_TXN_STATE
  > add 0/0 a-0
    Ongoing 0/0 a-0
  < ok
  > commit 0/0
    PrepareCommit 0/1 a-0
    CompleteCommit 0/1
    COMMIT 0/1 by 1 to a-0
  < 0/1
  # repeated
  > commit 0/0
  < 0/1
  > abort 0/0
  < INVALID_TXN_STATE
  > commit 0/1
  < INVALID_TXN_STATE
  # of nothing, because the client does not know what has arrived
  > abort 0/1
    PrepareAbort 0/2
    CompleteAbort 0/2
  < 0/2
  > abort 0/1
  < 0/2
  > commit 0/1
  < INVALID_TXN_STATE
  > abort 0/0
  < PRODUCER_FENCED
  > add 0/1 a-0
  < PRODUCER_FENCED
  > add 7/2 a-0
  < INVALID_PRODUCER_ID_MAPPING
  `,
)

transcript(
  'a second producer fences the first, whose transaction is aborted before',
  0,
  `
  > init
    Empty 0/0
  < 0/0
  > add 0/0 a-0
    Ongoing 0/0 a-0
  < ok
  > init
    PrepareAbort 0/1 a-0
    CompleteAbort 0/1
    ABORT 0/1 by 1 to a-0
  < CONCURRENT_TRANSACTIONS
  > init
    Empty 0/2
  < 0/2
  > add 0/0 a-0
  < PRODUCER_FENCED
  > commit 0/0
  < PRODUCER_FENCED
  > abort 0/1
  < PRODUCER_FENCED
  # the first one recovers by its id and epoch, and is told
  > init 0/0
  < PRODUCER_FENCED
  `,
)

transcript(
  'the same with transaction version 2',
  2,
  `
  > init
    Empty 0/0
  < 0/0
  > add 0/0 a-0
    Ongoing 0/0 a-0
  < ok
  > init
    PrepareAbort 0/1 a-0
    CompleteAbort 0/1
    ABORT 0/1 by 1 to a-0
  < CONCURRENT_TRANSACTIONS
  > init
    Empty 0/2
  < 0/2
  > commit 0/0
  < PRODUCER_FENCED
  `,
)

transcript(
  'a producer that knows its id and epoch gets the next one, and the same when it asks again (KIP-360)',
  0,
  `
  > init
    Empty 0/0
  < 0/0
  > init 0/0
    Empty 0/1
  < 0/1
  > init 0/0
    Empty 0/1
  < 0/1
  > init 0/1
    Empty 0/2
  < 0/2
  > init 0/0
  < PRODUCER_FENCED
  > init 9/2
  < PRODUCER_FENCED
  # which epoch was the last is not in the log
  > restart
  > init 0/1
  < PRODUCER_FENCED
  `,
)

transcript(
  'an open transaction is aborted when its time is up',
  2,
  `
  > init
    Empty 0/0
  < 0/0
  > add 0/0 a-0
    Ongoing 0/0 a-0
  < ok
  > wait 60000
  > wait 10000
    PrepareAbort 0/1 a-0
    CompleteAbort 0/1
    ABORT 0/1 by 1 to a-0
  > commit 0/0
  < INVALID_TXN_STATE
  `,
)

transcript(
  'an id that nobody uses is forgotten',
  2,
  `
  > init
    Empty 0/0
  < 0/0
  > wait 604799999
  > wait 1
    tombstone tx
  > add 0/0 a-0
  < INVALID_PRODUCER_ID_MAPPING
  > init
    Empty 1/0
  < 1/0
  `,
)
