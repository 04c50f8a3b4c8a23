/** A replica of this broker and the log directory that holds it. */
export interface ReplicaPlace {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  /** directory.id of meta.properties. */
  readonly directoryId: string
}
