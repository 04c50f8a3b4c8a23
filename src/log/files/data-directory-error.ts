export type DataDirectoryProblem =
  | 'locked'
  | 'not usable'
  | 'wrong cluster'
  | 'wrong node'
  | 'newer version'
  | 'malformed'
  | 'duplicate'

/** Why a broker does not start on its data directories: one sentence for whoever started it. Nothing was touched. */
export class DataDirectoryError extends Error {
  readonly problem: DataDirectoryProblem
  readonly path: string

  constructor(problem: DataDirectoryProblem, path: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'DataDirectoryError'
    this.problem = problem
    this.path = path
  }
}
