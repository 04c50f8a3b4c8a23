/** The ids of one context: which versions have them, which fingerprints they stand for, and who refers to what. */

/** A context and an id in it: ids are unique within a context alone. */
export interface ContextId {
  readonly context: string
  readonly id: number
}

export class ContextIndex {
  /** The greatest id that was ever seen, 0 before the first. */
  maxId = 0
  /** id → subject → the last version of the subject with this id. */
  readonly #versions = new Map<number, Map<string, number>>()
  readonly #idByFingerprint = new Map<string, number>()
  /** `subject version` → the ids of schemas that refer to it. */
  readonly #referrers = new Map<string, Map<string, ContextId>>()

  add(id: number, fingerprint: string, subject: string, version: number): void {
    this.maxId = Math.max(this.maxId, id)
    this.#idByFingerprint.set(fingerprint, id)
    const versions = this.#versions.get(id)
    if (versions === undefined) this.#versions.set(id, new Map([[subject, version]]))
    else versions.set(subject, version)
  }

  /** The version is gone for good. The id is not given away again. */
  remove(id: number, subject: string, version: number): void {
    const versions = this.#versions.get(id)
    if (versions?.get(subject) === version) versions.delete(subject)
    if (versions?.size === 0) this.#versions.delete(id)
  }

  /** Subjects with the version that has the id; none where nobody has it. */
  versionsOf(id: number): ReadonlyMap<string, number> {
    return this.#versions.get(id) ?? NONE
  }

  idOf(fingerprint: string): number | null {
    const id = this.#idByFingerprint.get(fingerprint)
    return id === undefined || !this.#versions.has(id) ? null : id
  }

  addReferrer(subject: string, version: number, referrer: ContextId): void {
    const key = `${subject} ${version}`
    const referrers = this.#referrers.get(key) ?? new Map<string, ContextId>()
    this.#referrers.set(key, referrers.set(`${referrer.context} ${referrer.id}`, referrer))
  }

  removeReferrer(subject: string, version: number, { context, id }: ContextId): void {
    const key = `${subject} ${version}`
    const referrers = this.#referrers.get(key)
    referrers?.delete(`${context} ${id}`)
    if (referrers?.size === 0) this.#referrers.delete(key)
  }

  referrersOf(subject: string, version: number): ContextId[] {
    return [...(this.#referrers.get(`${subject} ${version}`)?.values() ?? [])]
  }
}

const NONE: ReadonlyMap<string, number> = new Map()
