/** Mutated frames of logins against the listener of `listener.ts`: nobody gets in, nothing fails, nothing is kept. */
import { mutate, seeded } from '../mutate.ts'
import { anyConversation } from './conversations.ts'
import type { FuzzedConnection, FuzzedListener } from './listener.ts'

export interface HandshakeFindings {
  frames: number
  conversations: number
  answered: number
  /** Logins, failures of handlers and bugs, each with the frame that led to it. */
  problems: string[]
  /** The most CPU time that one frame took, all threads of the process together. */
  slowestMs: number
}

/** One frame in so many is as it should be, so that what comes behind it is reached. */
const INTACT_IN = 2

/** At least `frames` mutants. */
export async function attackLogins(listener: FuzzedListener, frames: number, seed: number): Promise<HandshakeFindings> {
  const random = seeded(seed)
  const findings: HandshakeFindings = { frames: 0, conversations: 0, answered: 0, problems: [], slowestMs: 0 }
  while (findings.frames < frames) {
    findings.conversations++
    await converse(listener.connect(), random, findings)
  }
  findings.problems.push(...listener.bugs)
  return findings
}

async function converse(
  connection: FuzzedConnection,
  random: (below: number) => number,
  findings: HandshakeFindings,
): Promise<void> {
  const conversation = anyConversation(random)
  let next = conversation.next()
  while (next.done !== true) {
    const isIntact = random(INTACT_IN) === 0
    const frame = isIntact ? next.value : mutate(next.value, random)
    if (!isIntact) findings.frames++
    const startedAt = process.cpuUsage()
    let answer: Buffer | null
    try {
      answer = await connection.send(frame)
    } catch (error) {
      findings.problems.push(`${frame.toString('hex')}: ${(error as Error).stack}`)
      return
    }
    const { user, system } = process.cpuUsage(startedAt)
    findings.slowestMs = Math.max(findings.slowestMs, (user + system) / 1_000)
    if (connection.isLoggedIn) findings.problems.push(`${frame.toString('hex')}: somebody is logged in`)
    if (answer === null || connection.isLoggedIn) return
    findings.answered++
    next = conversation.next(answer)
  }
}
