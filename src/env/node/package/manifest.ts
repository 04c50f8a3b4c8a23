/** The list of what the one-file executable holds, as the build writes it and the first start reads it. */
export interface Manifest {
  /** The digest of all files together names the folder into which they are unpacked. */
  readonly digest: string
  /** Paths within the package; each is an asset of that name. */
  readonly files: readonly string[]
}

/** The name of the list among the assets. */
export const MANIFEST = 'manifest.json'
