/** `-f`: the letters of kcat, and `%v` for the value. */
import type { ConsumedRecord } from '../../client/consumer/fetched-records.ts'
import { InvalidValue } from '../definition/command.ts'
import { type Encodings, shownBytes } from './shown.ts'

export const FORMAT_HELP = `
Letters of a format, as kcat has them:
  %s %v  value            %S  its length, -1 for none      %R  its length as four bytes
  %k     key              %K  its length, -1 for none
  %t     topic            %p  partition                    %o  offset
  %T     timestamp, in milliseconds since 1970             %h  headers, as name=value,name=value
  %%     a percent sign   \\n \\r \\t \\\\ \\xHH              the characters of these`

type Piece = string | ((record: ConsumedRecord, encodings: Encodings, isTerminal: boolean) => Buffer | string)

const LETTERS: Readonly<Record<string, Piece>> = {
  '%': '%',
  s: ({ value }, { value: encoding }, isTerminal) => shownBytes(value, encoding, isTerminal),
  v: ({ value }, { value: encoding }, isTerminal) => shownBytes(value, encoding, isTerminal),
  k: ({ key }, { key: encoding }, isTerminal) => shownBytes(key, encoding, isTerminal),
  S: ({ value }) => String(value?.length ?? -1),
  K: ({ key }) => String(key?.length ?? -1),
  R: ({ value }) => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(value?.length ?? -1)
    return length
  },
  t: ({ topic }) => topic,
  p: ({ partition }) => String(partition),
  o: ({ offset }) => String(offset),
  T: ({ timestampMs }) => String(timestampMs),
  h: ({ headers }, _, isTerminal) =>
    headers
      .map(({ key, value }) => `${key}=${value === null ? 'NULL' : shownBytes(value, 'text', isTerminal).toString()}`)
      .join(','),
}

export type Format = (record: ConsumedRecord, encodings: Encodings, isTerminal: boolean) => Buffer

/** Throws `InvalidValue` for a letter that there is not. */
export function parseFormat(text: string): Format {
  const pieces = [...text.matchAll(/%(.?)|\\(x[0-9a-fA-F]{1,2}|.?)|[^%\\]+/gs)].map(([whole, letter, escaped]) => {
    if (letter !== undefined) return pieceOf(letter)
    return escaped === undefined ? whole : meaningOf(escaped)
  })
  return (record, encodings, isTerminal) =>
    Buffer.concat(
      pieces.map((piece) => {
        const part = typeof piece === 'string' ? piece : piece(record, encodings, isTerminal)
        return typeof part === 'string' ? Buffer.from(part) : part
      }),
    )
}

function pieceOf(letter: string): Piece {
  const piece = Object.hasOwn(LETTERS, letter) ? LETTERS[letter] : undefined
  if (piece !== undefined) return piece
  throw new InvalidValue(
    `There is no %${letter} in a format: there are ${Object.keys(LETTERS)
      .map((each) => `%${each}`)
      .join(' ')}.`,
  )
}

function meaningOf(escaped: string): string {
  const known: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', '0': '\0' }
  if (/^x./.test(escaped)) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
  return known[escaped] ?? `\\${escaped}`
}
