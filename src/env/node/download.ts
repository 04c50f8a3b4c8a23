import { type DownloadOptions, NetworkError } from '../network.ts'

/** `Network.download`, by the HTTP client that comes with Node and is loaded on first use. */
export async function download(url: string, { timeoutMs, maxBytes, post }: DownloadOptions): Promise<Buffer> {
  try {
    const response = await fetch(url, {
      ...(post && { method: 'POST', ...post }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (response.status !== 200 || response.body === null) {
      await response.body?.cancel()
      throw new NetworkError('EHTTPSTATUS', `${url} answered with the status ${response.status}`)
    }
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of response.body) {
      bytes += chunk.length
      if (bytes > maxBytes) throw new NetworkError('EMSGSIZE', `${url} answered with more than ${maxBytes} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    if (error instanceof NetworkError) throw error
    const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException }
    throw new NetworkError(cause?.code ?? 'EHTTP', `cannot read ${url}: ${cause?.message ?? message}`)
  }
}
