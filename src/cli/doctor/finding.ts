/** Findings of an examination: sentences for a person, and names that a program can rely on. */

/** The steps of an examination, in their order. */
export type Check =
  | 'name'
  | 'port'
  | 'tls'
  | 'certificate'
  | 'protocol'
  | 'versions'
  | 'login'
  | 'cluster'
  | 'advertised'
  | 'topic'
  | 'group'
  | 'clock'

/** Names of what keeps a client from working, or may. */
export type Trouble =
  | 'name-unknown'
  | 'port-closed'
  | 'port-silent'
  | 'port-unreachable'
  | 'port-partly-closed'
  | 'tls-expected'
  | 'tls-not-spoken'
  | 'tls-failed'
  | 'tls-certificate-expected'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'certificate-expires-soon'
  | 'certificate-authority-unknown'
  | 'certificate-for-another-name'
  | 'not-kafka'
  | 'no-answer'
  | 'controller-listener'
  | 'version-too-old'
  | 'version-too-new'
  | 'login-expected'
  | 'login-not-expected'
  | 'login-mechanism'
  | 'login-refused'
  | 'login-failed'
  | 'cluster-refused'
  | 'cluster-without-controller'
  | 'advertised-loopback'
  | 'advertised-unreachable'
  | 'advertised-elsewhere'
  | 'topic-unknown'
  | 'topic-forbidden'
  | 'topic-without-leader'
  | 'topic-under-min-isr'
  | 'group-forbidden'
  | 'group-without-coordinator'
  | 'clock-differs'

/** The order of the fields is that of `--json`. */
export interface Finding {
  readonly check: Check
  /** `host:port`. */
  readonly at: string
  /** problem: clients fail by it. warning: they may, or soon will. unknown: it could not be found out. */
  readonly verdict: 'fine' | 'warning' | 'problem' | 'unknown'
  readonly trouble?: Trouble
  /** The trouble that clients have at an address where a broker sends them. */
  readonly cause?: Trouble
  /** Sentences. */
  readonly says: string
  /** A sentence about what to do. */
  readonly remedy?: string
}

export const fine = (check: Check, at: string, says: string): Finding => ({ check, at, verdict: 'fine', says })

export const unknown = (check: Check, at: string, says: string): Finding => ({ check, at, verdict: 'unknown', says })

export function problem(check: Check, at: string, trouble: Trouble, says: string, remedy: string): Finding {
  return { check, at, verdict: 'problem', trouble, says, remedy }
}

export function warning(check: Check, at: string, trouble: Trouble, says: string, remedy: string): Finding {
  return { check, at, verdict: 'warning', trouble, says, remedy }
}

/** An examination says what it finds as it finds it, and ends with what the next one goes on from; null: nothing can. */
export type Examining<T> = AsyncGenerator<Finding, T | null, void>
