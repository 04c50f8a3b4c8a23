import { Output } from '../output.ts'
import { type Answer, answerText } from './answer.ts'
import { sentence } from './sentence.ts'
import { styleFor } from './style.ts'

const LONG_MS = 60_000

/**
 * Runs a command and prints its answer, or says in a sentence why there is none. Resolves to the exit code: the command's own
 * where it answers with a number, else 0, or 1 when something was refused.
 */
export async function exitCodeOf(
  command: (output: Output) => Promise<Answer | number>,
  options: { readonly json?: boolean },
): Promise<number> {
  const output = new Output()
  // Neither a timer nor a broken connection keeps a process alive, and between two tries a command has nothing else.
  const alive = setInterval(() => {}, LONG_MS)
  try {
    const answer = await command(output)
    if (typeof answer === 'number') return answer
    await print(answer, output, options)
    return answer.failures?.length ? 1 : 0
  } catch (error) {
    complain(error)
    return 1
  } finally {
    clearInterval(alive)
    await output.flush()
  }
}

/** Sections for a person, or lines of JSON; then the failures. */
async function print(answer: Answer, output: Output, { json }: { readonly json?: boolean }): Promise<void> {
  if (json) for (const each of answer.json) await output.json(each)
  else {
    const text = answerText(answer, styleFor(process.stdout))
    if (text !== '') await output.line(text)
  }
  await output.flush()
  for (const failure of answer.failures ?? []) process.stderr.write(`samsa: ${failure}\n`)
}

/** One sentence on the standard error, in red where a person looks. */
function complain(error: unknown): void {
  process.stderr.write(`${styleFor(process.stderr)('bad', 'samsa:')} ${sentence(error)}\n`)
}
