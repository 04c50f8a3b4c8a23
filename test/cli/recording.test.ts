/** The file of `samsa proxy --record`, and a disk that fails under it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import t from 'tap'
import { openRecording, Recording } from '../../src/cli/proxy/recording.ts'
import { silentLogger } from '../../src/env/silent-logger.ts'

t.test('lines are appended, and all are there at the end', async (t) => {
  const file = join(t.testdir({ 'trace.jsonl': 'earlier\n' }), 'trace.jsonl')
  const recording = await openRecording(file, silentLogger())
  recording.write('a')
  recording.write('b')
  await recording.close()
  t.equal(await readFile(file, 'utf8'), 'earlier\na\nb\n')
})

t.test('a disk that fails ends the recording with one sentence, and nothing else', async (t) => {
  const written: string[] = []
  const disk = new Writable({
    write(chunk, _encoding, done) {
      if (written.push(String(chunk)) === 1) done()
      else done(new Error('ENOSPC: no space left on device'))
    },
  })
  const errors: string[] = []
  const logger = { ...silentLogger(), error: (...args: unknown[]) => void errors.push(String(args.at(-1))) }
  const recording = new Recording(disk, 'trace.jsonl', logger)
  for (const line of ['a', 'b', 'c']) recording.write(line)
  await new Promise((resolve) => disk.once('close', resolve))
  recording.write('d')
  await recording.close()
  t.same(written, ['a\n', 'b\n'])
  t.equal(errors.length, 1)
  t.match(errors[0], /^--record trace.jsonl has failed, and nothing more is recorded; .*ENOSPC/)
})
