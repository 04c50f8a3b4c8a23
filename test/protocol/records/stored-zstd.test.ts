import { spawnSync } from 'node:child_process'
import t from 'tap'
import { zlib } from '../../../protocol/records/native.ts'

const MODULE = new URL('../../../protocol/records/compression.ts', import.meta.url).href
const COMPRESS_TWICE = `
  import { compress, CompressionType, decompress } from '${MODULE}'
  for (const text of ['one', 'two']) {
    const bytes = compress(CompressionType.ZSTD, Buffer.from(text))
    if (decompress(CompressionType.ZSTD, bytes, { maxBytes: 100 }).toString() !== text) throw new Error(text)
  }`

function warnings(environment: Record<string, string>): string[] {
  const { stderr, status } = spawnSync(
    process.execPath,
    ['--import=tsx', '--input-type=module', '--eval', COMPRESS_TWICE],
    { encoding: 'utf8', env: { ...process.env, ...environment } },
  )
  if (status !== 0) throw new Error(stderr)
  return stderr.match(/SAMSA_ZSTD_STORED/g) ?? []
}

t.test('who stores zstd because nothing compresses it is told once', (t) => {
  const isBuiltIn = 'zstdCompressSync' in zlib()
  t.equal(warnings({ SAMSA_NO_NATIVE: '1' }).length, isBuiltIn ? 0 : 1)
  t.end()
})

t.test('who compresses zstd is told nothing', { skip: !compresses() && 'nothing compresses zstd here' }, (t) => {
  t.strictSame(warnings({ SAMSA_NO_NATIVE: '' }), [])
  t.end()
})

function compresses(): boolean {
  return 'zstdCompressSync' in zlib() || (process.platform === 'linux' && process.arch === 'x64')
}
