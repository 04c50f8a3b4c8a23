import lz4Plugin from '@2l/kafkajs-lz4'
import { compress, decompress, init } from '@bokuweb/zstd-wasm'
import kafkajs from 'kafkajs'
import snappyCodec from 'kafkajs-snappy'
import { unchecked } from '../../protocol/unchecked.ts'

// The package exports its class itself, not under `default` as its types say.
const Lz4Codec = unchecked<typeof lz4Plugin.default>(lz4Plugin)
const { CompressionCodecs, CompressionTypes } = kafkajs

/** kafkajs brings gzip; the others come as plug-ins. The published zstd plug-in must be compiled, so WebAssembly it is. */
export function registerCodecs(): Promise<void> {
  return (registered ??= register())
}

let registered: Promise<void> | undefined

async function register(): Promise<void> {
  await init()
  const zstd = {
    compress: async (encoder: { buffer: Buffer }) => Buffer.from(compress(encoder.buffer)),
    decompress: async (bytes: Buffer) => Buffer.from(decompress(bytes)),
  }
  CompressionCodecs[CompressionTypes.Snappy] = snappyCodec
  CompressionCodecs[CompressionTypes.LZ4] = new Lz4Codec().codec
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstd
}

export const compressionTypes: readonly [string, number][] = [
  ['none', CompressionTypes.None],
  ['gzip', CompressionTypes.GZIP],
  ['snappy', CompressionTypes.Snappy],
  ['lz4', CompressionTypes.LZ4],
  ['zstd', CompressionTypes.ZSTD],
]
