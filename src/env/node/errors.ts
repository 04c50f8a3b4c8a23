import { FileSystemError } from '../file-system.ts'

export function isErrno(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === code
}

/** One sentence for a person: "cannot write /data/t-0/0.log: no space left on device (ENOSPC)". */
export function fileSystemError(error: unknown, verb: string, path: string): FileSystemError {
  if (error instanceof FileSystemError) return error
  const { code = 'UNKNOWN', message } = error as NodeJS.ErrnoException
  // Node's message is "CODE: description, syscall 'path'".
  const description = message.startsWith(`${code}: `) ? message.slice(code.length + 2).split(', ')[0] : message
  return new FileSystemError(code, path, `cannot ${verb} ${path}: ${description} (${code})`)
}

export async function attempt<Result>(verb: string, path: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    throw fileSystemError(error, verb, path)
  }
}
