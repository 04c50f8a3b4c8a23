import { createHash, randomBytes } from 'node:crypto'
import t from 'tap'
import { md5 } from '../../../src/log/cleaner/md5.ts'

t.test('every length around the ends of blocks has the digest that Node gives', async (t) => {
  const digest = new Int32Array(4)
  const around = Buffer.from('other bytes')
  for (let length = 0; length <= 300; length++) {
    const input = randomBytes(length)
    md5(Buffer.concat([around, input, around]), around.length, around.length + length, digest)
    const found = Buffer.alloc(16)
    for (const [word, value] of digest.entries()) found.writeInt32LE(value, word * 4)
    t.equal(found.toString('hex'), createHash('md5').update(input).digest('hex'), `${length} bytes`)
  }
})
