/** A small file of the data directory that is not what Kafka writes. */
export class MalformedFileError extends Error {
  readonly path: string

  constructor(path: string, problem: string) {
    super(`${path} ${problem}`)
    this.name = 'MalformedFileError'
    this.path = path
  }
}
