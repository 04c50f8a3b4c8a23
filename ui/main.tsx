/** The page: who is there, where one is, and the view of that place. */
import { type JSX, render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Session } from '../src/web/page/model.ts'
import { type ApiError, get, whenLoggedOut } from './lib/api.ts'
import { useRoute } from './lib/hooks.ts'
import { SessionContext } from './lib/session.ts'
import { applyTheme } from './lib/theme.ts'
import { Failure } from './parts/basics.tsx'
import { Navigation } from './parts/navigation.tsx'
import { Toasts } from './parts/toast.tsx'
import { Acls } from './views/acls.tsx'
import { Audit } from './views/audit.tsx'
import { Cluster } from './views/cluster.tsx'
import { Connections } from './views/connections.tsx'
import { Faults } from './views/faults.tsx'
import { Group } from './views/group.tsx'
import { Groups } from './views/groups.tsx'
import { LogDirs } from './views/log-dirs.tsx'
import { Login } from './views/login.tsx'
import { Overview } from './views/overview.tsx'
import { Quotas } from './views/quotas.tsx'
import { Topic } from './views/topic.tsx'
import { Topics } from './views/topics.tsx'
import { Transactions } from './views/transactions.tsx'
import { Users } from './views/users.tsx'

type State = { readonly session: Session | null; readonly error: ApiError | null }

function Page(): JSX.Element | null {
  const [{ session, error }, setState] = useState<State>({ session: null, error: null })
  const load = () =>
    get<Session>('/session').then(
      (session) => setState({ session, error: null }),
      (error: ApiError) => setState({ session: null, error }),
    )
  useEffect(() => {
    whenLoggedOut(() => setState(({ error }) => ({ session: null, error: error?.status === 401 ? error : LOGGED_OUT })))
    void load()
  }, [])
  if (error?.status === 401) return <Login onDone={load} />
  if (error !== null) {
    return (
      <main class="alone">
        <Failure error={error} />
        <button type="button" class="button main" onClick={load}>
          Try again
        </button>
      </main>
    )
  }
  if (session === null) return null
  return (
    <SessionContext.Provider value={session}>
      <Navigation session={session} onLogout={load} />
      <main data-scroller id="content" tabIndex={-1}>
        <div class="content-inside">
          <View session={session} />
        </div>
      </main>
      <Toasts />
    </SessionContext.Provider>
  )
}

const LOGGED_OUT = Object.assign(new Error('Log in again.'), { status: 401, code: 'unauthorized' }) as ApiError

function View({ session }: { session: Session }): JSX.Element {
  const {
    segments: [place = 'overview', name, tab],
  } = useRoute()
  switch (place) {
    case 'overview':
      return <Overview />
    case 'topics':
      return name === undefined ? <Topics /> : <Topic key={name} name={name} tab={tab} />
    case 'groups':
      return name === undefined ? <Groups /> : <Group key={name} groupId={name} tab={tab} />
    case 'connections':
      return <Connections tab={name} instance={tab} />
    case 'transactions':
      return <Transactions tab={name} />
    case 'log-dirs':
      return <LogDirs />
    case 'acls':
      return <Acls />
    case 'users':
      return <Users />
    case 'quotas':
      return <Quotas />
    case 'audit':
      return <Audit />
    case 'faults':
      return <Faults />
    case 'cluster':
      return <Cluster session={session} tab={name} />
    default:
      return (
        <div class="empty">
          There is no such place. <a href="#/">Go to the overview</a>
        </div>
      )
  }
}

applyTheme()
render(<Page />, document.getElementById('page')!)
