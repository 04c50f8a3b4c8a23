/** The metadata log says what cannot be: a change of something that does not exist. The broker must not go on. */
export class MetadataReplayError extends Error {
  override name = 'MetadataReplayError'
  constructor(what: string) {
    super(`The metadata log is inconsistent: it has ${what}.`)
  }
}
