import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import type { JavaServer } from '../support/java.ts'

export interface DumpedRecord {
  offset: number
  key: string | null
  payload: string | null
  headerKeys: string
}

export interface Judgement {
  /** Files that Apache's tool read, in each of the modes it has for them. */
  files: number
  batches: number
  /** Records by partition directory, in the order of their segments. */
  records: Map<string, DumpedRecord[]>
  /** Lines that say that something is wrong, with their file. Empty is the verdict we want. */
  findings: string[]
}

const dumpLogSegments = 'org.apache.kafka.tools.DumpLogSegments'

/** Words that the tool prints when a file is not as it should be; its exit code says nothing. */
const complaints = [
  /isvalid: false/,
  /Mismatches in/,
  /timestamp mismatch/i,
  /out of order timestamp/i,
  /Indexed offset/,
  /indexed offset does not match|not match the offset/i,
  /corrupt/i,
  /invalid batch/i,
  /Exception/,
  /trailing bytes/i,
  /Ignoring unknown file/,
  /Could not|Failed to/i,
]
const recordLine =
  /^\| offset: (\d+) .*?keySize: (-?\d+) valueSize: (-?\d+) .*?headerKeys: \[(.*?)\](?: key: (.*?))?(?: payload: (.*))?$/s

/** Has Apache's dump-log read every file of a data directory that no broker uses now. */
export async function judgeDataDirectory(java: JavaServer, dataDirectory: string): Promise<Judgement> {
  const judgement: Judgement = { files: 0, batches: 0, records: new Map(), findings: [] }
  for (const path of await filesToJudge(dataDirectory)) {
    judgement.files++
    const cleanedUpTo = await cleanedOffset(dirname(path))
    for (const mode of modesFor(path)) {
      const result = await java.run(dumpLogSegments, [...mode, '--files', path])
      const lines = `${result.stdout}\n${result.stderr}`.split('\n')
      judgeLines(path, lines, cleanedUpTo, judgement)
      if (mode.includes('--print-data-log')) collectRecords(path, lines, judgement)
      if (mode.includes('--index-sanity-check') && !/passed sanity check|is empty/.test(result.stdout)) {
        judgement.findings.push(`${path}: no sanity check was passed`)
      }
    }
  }
  return judgement
}

async function filesToJudge(dataDirectory: string): Promise<string[]> {
  const names = await readdir(dataDirectory, { recursive: true })
  const paths = names.map((name) => join(dataDirectory, name))
  // A deleted partition's files wait for removal under another name and are no part of any log.
  return paths.filter((path) => modesFor(path).length > 0 && !dirname(path).endsWith('-delete')).sort()
}

/** The ways in which the tool is to read a file; none for a file that it does not know. */
function modesFor(path: string): string[][] {
  const deep = ['--deep-iteration', '--print-data-log']
  switch (extname(path)) {
    case '.log':
      return [[...deep, ...decoderOf(basename(dirname(path)))]]
    case '.checkpoint':
      return [[...deep, '--cluster-metadata-decoder']]
    case '.snapshot':
      return [[]]
    case '.index':
    case '.timeindex':
      return [[], ['--index-sanity-check'], ['--verify-index-only']]
    case '.txnindex':
      return [[]]
    default:
      return []
  }
}

function decoderOf(directory: string): string[] {
  if (directory.startsWith('__consumer_offsets-')) return ['--offsets-decoder']
  if (directory.startsWith('__transaction_state-')) return ['--transaction-log-decoder']
  if (directory.startsWith('__share_group_state-')) return ['--share-group-state-decoder']
  if (directory.startsWith('__cluster_metadata-')) return ['--cluster-metadata-decoder']
  return []
}

/** Up to where the cleaner says that it has compacted the log of a partition's directory; 0 when it never has. */
export async function cleanedOffset(partitionDirectory: string): Promise<number> {
  const checkpoint = join(dirname(partitionDirectory), 'cleaner-offset-checkpoint')
  const text = await readFile(checkpoint, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const entries = text.split('\n').map((line) => line.split(' '))
  const entry = entries.find(([topic, partition]) => `${topic}-${partition}` === basename(partitionDirectory))
  return entry === undefined ? 0 : Number(entry[2])
}

function judgeLines(path: string, lines: readonly string[], cleanedUpTo: number, judgement: Judgement): void {
  for (const line of lines) {
    const gap = /^ {2}(-?\d+) is followed by (\d+)$/.exec(line)
    if (gap) {
      // The tool expects every segment to start at offset 0 and says so of those that rightly start later.
      const isStartOfSegment = gap[1] === '-1' && Number(gap[2]) === Number.parseInt(basename(path), 10)
      // Records that a cleaning took were before the offset that the log is clean up to, in Apache's own logs as well.
      const isOfCompaction = Number(gap[2]) <= cleanedUpTo
      if (!isStartOfSegment && !isOfCompaction)
        judgement.findings.push(`${path}: non-consecutive offsets: ${line.trim()}`)
    } else if (line.startsWith('baseOffset:')) {
      judgement.batches++
      if (!line.includes('isvalid: true')) judgement.findings.push(`${path}: ${line}`)
    } else if (!line.startsWith('| offset:') && complaints.some((complaint) => complaint.test(line))) {
      // A record's own text may say anything; only the tool's words count.
      judgement.findings.push(`${path}: ${line}`)
    }
  }
}

function collectRecords(path: string, lines: readonly string[], judgement: Judgement): void {
  const partition = basename(dirname(path))
  const records = judgement.records.get(partition) ?? []
  judgement.records.set(partition, records)
  for (const line of lines) {
    const match = recordLine.exec(line)
    if (!match) continue
    const [, offset, keySize, valueSize, headerKeys, key = '', payload = ''] = match
    records.push({
      offset: Number(offset),
      key: Number(keySize) < 0 ? null : key,
      payload: Number(valueSize) < 0 ? null : payload,
      headerKeys,
    })
  }
}
