/** Where the simulated world can be made to lie: an environment whose files behave otherwise, for bugs planted on purpose. */
import type { Environment, File, FileSystem } from '../../src/env/index.ts'

export type Sabotage = (environment: Environment) => Environment

/** `target` with some of its methods replaced. */
export function replaced<Target extends object>(target: Target, methods: Partial<Target>): Target {
  return new Proxy(target, {
    get: (_, name) => {
      const method = Reflect.get(methods, name) ?? Reflect.get(target, name)
      return typeof method === 'function' ? method.bind(target) : method
    },
  })
}

export function withFiles(change: (files: FileSystem, environment: Environment) => Partial<FileSystem>): Sabotage {
  return (environment) => ({
    ...environment,
    files: replaced(environment.files, change(environment.files, environment)),
  })
}

/** Replaces methods of the files whose paths match. */
export function withFile(paths: RegExp, change: (file: File, environment: Environment) => Partial<File>): Sabotage {
  return withFiles((files, environment) => ({
    open: async (path, mode) => {
      const file = await files.open(path, mode)
      return paths.test(path) ? replaced(file, change(file, environment)) : file
    },
  }))
}
