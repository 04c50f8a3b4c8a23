/** Pictures on a terminal, one after another: only lines that have changed are written, so that nothing flickers. */

/** A terminal, as far as it is needed; columns and rows are asked for with each picture. */
export interface Terminal {
  readonly columns: number
  readonly rows: number
  write(text: string): void
}

const ESCAPE = '\x1b'
const ALTERNATE = '\x1b[?1049h'
const ORDINARY = '\x1b[?1049l'
const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
const CLEAR = '\x1b[2J'
const CLEAR_TO_END = '\x1b[K'
/** Terminals that know this show what lies between the two at once. */
const BEGIN_UPDATE = '\x1b[?2026h'
const END_UPDATE = '\x1b[?2026l'
const STYLE = new RegExp(`(${ESCAPE}\\[[\\d;]*m)`)
const PLAIN = '\x1b[0m'

export class Screen {
  readonly #terminal: Terminal
  #shown: readonly string[] = []
  #size = ''

  constructor(terminal: Terminal) {
    this.#terminal = terminal
    terminal.write(ALTERNATE + HIDE_CURSOR)
  }

  /** Lines beyond the last row and what is beyond the last column are cut off. */
  draw(lines: readonly string[]): void {
    const { columns, rows } = this.#terminal
    const size = `${columns}x${rows}`
    let text = ''
    if (size !== this.#size) {
      text += CLEAR
      this.#shown = []
      this.#size = size
    }
    const picture = Array.from({ length: rows }, (_, row) => cut(lines[row] ?? '', columns))
    picture.forEach((line, row) => {
      if (line !== (this.#shown[row] ?? '')) text += `\x1b[${row + 1};1H${line}${CLEAR_TO_END}`
    })
    this.#shown = picture
    if (text !== '') this.#terminal.write(BEGIN_UPDATE + text + END_UPDATE)
  }

  /** The terminal is as it was before. */
  close(): void {
    this.#terminal.write(SHOW_CURSOR + ORDINARY)
  }
}

/** As many columns of the line at most; what sets a style takes none. */
export function cut(line: string, columns: number): string {
  let [left, text, isStyled] = [columns, '', false]
  for (const part of line.split(STYLE)) {
    if (STYLE.test(part)) {
      isStyled = true
      text += part
    } else {
      text += part.slice(0, left)
      left -= Math.min(left, part.length)
    }
  }
  return isStyled ? text + PLAIN : text
}
