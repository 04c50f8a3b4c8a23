/** Colours, where a person looks; NO_COLOR and FORCE_COLOR are heeded as by Node itself. */
import { styleText } from 'node:util'

/** good: as it should be. bad: somebody has to do something. warn: it may pass. quiet: of little interest. */
export type Tone = 'good' | 'bad' | 'warn' | 'quiet' | 'title' | 'name'

const FORMATS = { good: 'green', bad: 'red', warn: 'yellow', quiet: 'dim', title: 'bold', name: 'cyan' } as const

export type Style = (tone: Tone | null | undefined, text: string) => string

const plain: Style = (_, text) => text
const coloured: Style = (tone, text) =>
  tone === null || tone === undefined ? text : styleText(FORMATS[tone], text, { validateStream: false })

export function styleFor(stream: { isTTY?: boolean; hasColors?: () => boolean }): Style {
  return stream.isTTY === true && stream.hasColors?.() === true ? coloured : plain
}

/** The text as a terminal may have it: control characters are spelt out, so that what others wrote moves no cursor. */
export function printable(text: string): string {
  return text.replace(CONTROL, (char) => ESCAPES[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** C0 but for line ends and tabs, DEL, and C1. */
const CONTROL = /(?![\n\t])\p{Cc}/gu
const ESCAPES: Readonly<Record<string, string>> = { '\r': '\\r', '\x1b': '\\e', '\0': '\\0' }

/** On one line. */
export const inLine = (text: string): string => printable(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t')
