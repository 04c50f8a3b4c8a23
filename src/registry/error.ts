/**
 * The errors of the registry's API: an HTTP status, the code that clients know, and the text that they show. The code is
 * the status with two more digits, or the status itself. Source: the error codes of the API's public description.
 */

export class RegistryError extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.name = 'RegistryError'
    this.code = code
  }

  get status(): number {
    return this.code < 1000 ? this.code : Math.floor(this.code / 100)
  }
}

const error = (code: number, message: string): RegistryError => new RegistryError(code, message)

export const subjectNotFound = (subject: string) => error(40401, `Subject '${subject}' not found.`)
export const versionNotFound = (version: number) => error(40402, `Version ${version} not found.`)
export const schemaNotFound = (which?: number | string) =>
  error(40403, which === undefined ? 'Schema not found' : `Schema ${which} not found`)
export const subjectSoftDeleted = (subject: string) =>
  error(40404, `Subject '${subject}' was soft deleted.Set permanent=true to delete permanently`)
export const subjectNotSoftDeleted = (subject: string) =>
  error(40405, `Subject '${subject}' was not deleted first before being permanently deleted`)
export const versionSoftDeleted = (subject: string, version: number) =>
  error(40406, `Subject '${subject}' Version ${version} was soft deleted.Set permanent=true to delete permanently`)
export const versionNotSoftDeleted = (subject: string, version: number) =>
  error(40407, `Subject '${subject}' Version ${version} was not deleted first before being permanently deleted`)
export const compatibilityNotConfigured = (subject: string) =>
  error(40408, `Subject '${subject}' does not have subject-level compatibility configured`)
export const modeNotConfigured = (subject: string) =>
  error(40409, `Subject '${subject}' does not have subject-level mode configured`)

/** 409 without digits of its own, as all released registries answer it. */
export const incompatibleSchema = (subject: string, messages: readonly string[]) =>
  error(
    409,
    `Schema being registered is incompatible with an earlier schema for subject "${subject}", details: [${messages.join(', ')}]`,
  )

export const invalidSchema = (message: string) => error(42201, message)
export const invalidVersion = (version: string) =>
  error(
    42202,
    `The specified version '${version}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`,
  )
export const invalidCompatibility = () =>
  error(
    42203,
    'Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive',
  )
export const invalidMode = (message = 'Invalid mode. Valid values are READWRITE, READONLY, IMPORT and FORWARD.') =>
  error(42204, message)
export const notPermitted = (message: string) => error(42205, message)
export const referenceExists = (subject: string, version: number) =>
  error(
    42206,
    `One or more references exist to the schema {magic=1,keytype=SCHEMA,subject=${subject},version=${version}}.`,
  )
export const invalidSubject = (subject: string) => error(42208, `The specified subject '${subject}' is not a valid.`)
export const schemaTooLarge = () => error(42209, 'Register operation failed because schema is too large')
export const invalidRuleSet = (message: string) => error(42210, message)
export const contextNotEmpty = (context: string) => error(42211, `The specified context '${context}' is not empty.`)

export const unavailable = (message: string) => error(503, message)
export const storeFailed = (message: string) => error(50001, message)
export const timedOut = (message: string) => error(50002, message)
export const forwardingFailed = (message: string) => error(50003, message)
export const unknownLeader = (message: string) => error(50004, message)
export const unprocessable = (message: string) => error(422, message)
export const badRequest = (message: string) => error(400, message)
export const notFound = () => error(404, 'HTTP 404 Not Found')

/** Parts that other registries have, or sell, beside this API. */
const OTHERS: Readonly<Record<string, string>> = {
  exporters: 'exporters (links between registries)',
  associations: 'associations',
  'dek-registry': 'registry of encryption keys',
  catalog: 'catalog',
  tags: 'tags of schemas',
}
/** `part`: the part of the path that says of what it is. */
export const notServed = (part: string) =>
  !Object.hasOwn(OTHERS, part) ? notFound() : error(404, `HTTP 404 Not Found: this registry has no ${OTHERS[part]}`)
