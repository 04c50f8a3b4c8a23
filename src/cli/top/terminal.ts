import type { Console } from './show.ts'

const FALLBACK = { columns: 80, rows: 24 }

/** The terminal of this process: keys come one by one, and are not echoed. */
export function processTerminal(): Console {
  const { stdin, stdout } = process
  // A timer does not keep the process alive, and the standard input that is read does.
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  return {
    get columns() {
      return stdout.columns || FALLBACK.columns
    },
    get rows() {
      return stdout.rows || FALLBACK.rows
    },
    write: (text) => stdout.write(text),
    onInput: (fn) => stdin.on('data', (chunk) => fn(String(chunk))),
    onResize: (fn) => stdout.on('resize', fn),
    release() {
      stdin.setRawMode(false)
      stdin.pause()
      stdin.removeAllListeners('data')
      stdout.removeAllListeners('resize')
    },
  }
}
