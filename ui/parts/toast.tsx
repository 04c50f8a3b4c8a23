/** One line about what was done, for a few seconds. */
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

type Line = { readonly id: number; readonly text: string; readonly bad: boolean }
let lines: readonly Line[] = []
let change: (lines: readonly Line[]) => void = () => {}
let next = 0

export function say(text: string, bad = false): void {
  const line = { id: next++, text, bad }
  change((lines = [...lines.slice(-3), line]))
  setTimeout(() => change((lines = lines.filter(({ id }) => id !== line.id))), bad ? 8_000 : 4_000)
}

/** Does something, and says how it went. */
export async function doing(what: () => Promise<unknown>, done: string): Promise<void> {
  try {
    await what()
    say(done)
  } catch (error) {
    say((error as Error).message, true)
  }
}

export function Toasts(): JSX.Element {
  const [shown, setShown] = useState(lines)
  useEffect(() => {
    change = setShown
  }, [])
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, bad }) => (
        <div key={id} class={`toast ${bad ? 'bad' : ''}`}>
          {text}
        </div>
      ))}
    </div>
  )
}
