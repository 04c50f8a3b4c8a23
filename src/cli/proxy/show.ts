/** `samsa proxy --show`: a recording as a person reads it, an exchange a line. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseTraceLine, traceText } from '../../proxy/trace.ts'
import { Output } from '../output.ts'
import { inLine } from '../print/style.ts'

export async function showTrace(file: string): Promise<number> {
  const output = new Output()
  let number = 0
  try {
    for await (const text of createInterface({ input: createReadStream(file, 'utf8') })) {
      number++
      const line = parseTraceLine(text)
      if (line !== null) await output.line(inLine(traceText(line)))
      else if (text.trim() !== '') {
        process.stderr.write(`samsa: line ${number} of ${file} is no line of a recording: it is left out.\n`)
      }
    }
  } catch (error) {
    process.stderr.write(`samsa: ${file} cannot be read: ${(error as Error).message}\n`)
    return 1
  } finally {
    await output.flush()
  }
  return 0
}
