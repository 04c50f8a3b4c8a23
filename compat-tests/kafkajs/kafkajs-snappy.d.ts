declare module 'kafkajs-snappy' {
  /** A codec as kafkajs wants it. */
  const codec: () => {
    compress(encoder: { buffer: Buffer }): Promise<Buffer>
    decompress(bytes: Buffer): Promise<Buffer>
  }
  export default codec
}
