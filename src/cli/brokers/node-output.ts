/**
 * The lines of several nodes on one output. For people each begins with the name of its node, in a colour of its own where
 * a terminal has colours; a line of JSON has the name as its first field.
 */
import { styleText } from 'node:util'
import type { Writer } from '../logger.ts'

const COLOURS = ['cyan', 'green', 'yellow', 'magenta', 'blue', 'red'] as const

interface Output {
  readonly isPretty: boolean
  readonly hasColours: boolean
  /** The length of the longest name. */
  readonly width: number
}

/** `index`: the place of the node among the others, which chooses its colour; null: it has none. */
export function prefixed(line: string, name: string, index: number | null, output: Output): string {
  const { isPretty, hasColours, width } = output
  if (!isPretty && line.startsWith('{')) return `{"node":${JSON.stringify(name)},${line.slice(1)}`
  const prefix = `${name.padEnd(width)} |`
  const colour = COLOURS[(index ?? 0) % COLOURS.length]!
  return `${hasColours && index !== null ? styleText(colour, prefix, { validateStream: false }) : prefix} ${line}`
}

/** Cuts what comes into lines, and hands each on when it is whole. */
export class Lines {
  readonly #line: (line: string) => void
  #rest = ''

  constructor(line: (line: string) => void) {
    this.#line = line
  }

  write: Writer = (text) => {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#line(line)
  }

  /** Nothing more comes: a line without an end is one too. */
  end(): void {
    if (this.#rest !== '') this.#line(this.#rest)
    this.#rest = ''
  }
}
