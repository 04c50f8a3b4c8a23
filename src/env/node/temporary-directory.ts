import { tmpdir } from 'node:os'
import type { Environment } from '../index.ts'

/** Makes an empty directory that nobody else has, for data that need not outlive the broker. */
export async function makeTemporaryDirectory({
  files,
  random,
}: Pick<Environment, 'files' | 'random'>): Promise<string> {
  const path = `${tmpdir().replaceAll('\\', '/')}/samsa-${random.bytes(8).toString('hex')}`
  await files.makeDirectory(path)
  return path
}
