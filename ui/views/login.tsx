import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Field, Text } from '../parts/basics.tsx'
import { Mark } from '../parts/icons.tsx'

/** A user of the broker logs in; the session is a cookie that no script can read. */
export function Login({ onDone }: { onDone: () => void }): JSX.Element {
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setProblem(await logIn(username, password))
    setBusy(false)
  }
  const logIn = async (username: string, password: string): Promise<string | null> => {
    try {
      const response = await fetch('/session', { method: 'POST', body: JSON.stringify({ username, password }) })
      if (!response.ok) return ((await response.json()) as { message: string }).message
      onDone()
      return null
    } catch {
      return 'The broker does not answer.'
    }
  }
  return (
    <main class="alone">
      <form class="card login" onSubmit={submit}>
        <h1>
          <Mark /> samsa
        </h1>
        <p class="muted">Log in as a user of this broker.</p>
        <Field label="User">
          <Text value={username} onChange={setUsername} autocomplete="username" required />
        </Field>
        <Field label="Password">
          <Text type="password" value={password} onChange={setPassword} autocomplete="current-password" required />
        </Field>
        {problem && (
          <div class="failure" role="alert">
            {problem}
          </div>
        )}
        <button type="submit" class="button main" disabled={isBusy}>
          Log in
        </button>
      </form>
    </main>
  )
}
