/** Apache's own request parser as the judge of frames: `ParseFrames.java`, run from its jars. */
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { apacheKafka } from '../toolchain/apache-kafka.ts'
import { jdk } from '../toolchain/java.ts'
import { cacheDirectory, capture } from '../toolchain/lookup.ts'
import type { Verdict } from './decode.ts'

export interface JudgedFrame {
  verdict: Verdict
  /** Apache's verdict, for people. */
  text: string
}

/** One verdict a frame, in order; null when there is no JDK or no Apache Kafka to be had. */
export async function apacheVerdicts(frames: readonly Buffer[]): Promise<JudgedFrame[] | null> {
  const [java, kafka] = [await jdk(), await apacheKafka()]
  if (!java.ok || !kafka.ok) return null
  const classes = join(cacheDirectory, 'fuzz')
  mkdirSync(classes, { recursive: true })
  const classPath = `${classes}:${kafka.tool.libraries}/*`
  const source = join(import.meta.dirname, 'ParseFrames.java')
  await capture(java.tool.javac, ['-cp', classPath, '-d', classes, source])
  const output = await pipe(java.tool.path, ['-cp', classPath, 'ParseFrames'], frames)
  return output.map((text) => ({ verdict: text.split(' ')[0] as Verdict, text }))
}

function pipe(program: string, args: string[], frames: readonly Buffer[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.on('error', reject)
    child.on('close', () => resolve(Buffer.concat(chunks).toString().trimEnd().split('\n')))
    child.stdin.end(`${frames.map((frame) => frame.toString('hex')).join('\n')}\n`)
  })
}
