/** Asks for a secret on the terminal, and shows nothing of it. Throws `ConfigError` where nobody can be asked. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { ConfigError } from '../../config/values.ts'

export async function askSecret(question: string): Promise<string> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new ConfigError(`${question.replace(/: $/, '')} cannot be asked for without a terminal: set SAMSA_PASSWORD`)
  }
  process.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve)
      lines.once('SIGINT', () => reject(new ConfigError('Nothing was given')))
    })
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
