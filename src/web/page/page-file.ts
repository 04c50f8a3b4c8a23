/** A file of the page as it was built: a script, a style sheet, the document. */
export interface PageFile {
  readonly name: string
  /** For `content-type`. */
  readonly type: string
  readonly gzip: Uint8Array<ArrayBuffer>
}
