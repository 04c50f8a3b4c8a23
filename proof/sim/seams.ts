/** Where the simulated world can be made to lie: an environment whose files behave otherwise, for bugs planted on purpose. */
import type { Environment, File, FileSystem } from '../../src/env/index.ts'
import { withMethods } from '../../src/env/with-methods.ts'

export type Sabotage = (environment: Environment) => Environment

export function withFiles(change: (files: FileSystem, environment: Environment) => Partial<FileSystem>): Sabotage {
  return (environment) => ({
    ...environment,
    files: withMethods(environment.files, change(environment.files, environment)),
  })
}

/** Replaces methods of the files whose paths match. */
export function withFile(paths: RegExp, change: (file: File, environment: Environment) => Partial<File>): Sabotage {
  return withFiles((files, environment) => ({
    open: async (path, mode) => {
      const file = await files.open(path, mode)
      return paths.test(path) ? withMethods(file, change(file, environment)) : file
    },
  }))
}

/** Now and then a write to these files ends well, and nothing has been written. */
export function losesWrites(paths: RegExp): Sabotage {
  return withFile(paths, (file, { random }) => ({
    write(buffers, position, done) {
      if (random.integer(10) === 0) done(null)
      else file.write(buffers, position, done)
    },
  }))
}
