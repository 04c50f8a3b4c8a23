/** The places of the page, and who is there. */
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Session } from '../../src/web/page/model.ts'
import { link, useKeys, useRoute } from '../lib/hooks.ts'
import { chooseTheme, themeNow } from '../lib/theme.ts'
import { Icon, type IconName, Mark } from './icons.tsx'
import { say } from './toast.tsx'

type Place = readonly [path: string, title: string, icon: IconName, key: string]
const GROUPS: readonly (readonly [string | null, readonly Place[]])[] = [
  [
    null,
    [
      ['overview', 'Overview', 'overview', 'o'],
      ['topics', 'Topics', 'topics', 't'],
      ['groups', 'Groups', 'groups', 'g'],
      ['connections', 'Connections', 'connections', 'c'],
      ['transactions', 'Transactions', 'transactions', 'x'],
    ],
  ],
  [
    'Access',
    [
      ['acls', 'ACLs', 'acls', 'a'],
      ['users', 'Users', 'users', 'u'],
      ['quotas', 'Quotas', 'quotas', 'q'],
      ['audit', 'Audit', 'audit', 'd'],
    ],
  ],
  [
    'Machine',
    [
      ['log-dirs', 'Log directories', 'disks', 'l'],
      ['cluster', 'Cluster', 'cluster', 'b'],
      ['faults', 'Faults', 'faults', 'f'],
    ],
  ],
]

export function Navigation({ session, onLogout }: { session: Session; onLogout: () => void }): JSX.Element {
  const { segments } = useRoute()
  const [place = 'overview'] = segments
  const [isOpen, open] = useState(false)
  useEffect(() => open(false), [segments.join('/')])
  useJumps()
  const isThere = ([path]: Place) => path !== 'faults' || session.faults
  return (
    <header class={`side ${isOpen ? 'open' : ''}`}>
      <div class="side-head">
        <a class="brand" href="#/">
          <Mark />
          samsa
        </a>
        <button
          type="button"
          class="plain-icon menu-button"
          aria-label="Menu"
          aria-expanded={isOpen}
          onClick={() => open(!isOpen)}
        >
          <Icon name={isOpen ? 'close' : 'menu'} />
        </button>
      </div>
      <div class="side-body">
        <nav aria-label="Places">
          {GROUPS.map(([title, places]) => (
            <div key={title} class="side-group">
              {title && <p class="side-title">{title}</p>}
              {places.filter(isThere).map(([path, name, icon, key]) => (
                <a
                  key={path}
                  href={link(path)}
                  aria-current={path === place ? 'page' : undefined}
                  title={`${name} (g ${key})`}
                >
                  <Icon name={icon} />
                  {name}
                </a>
              ))}
            </div>
          ))}
        </nav>
        <Foot session={session} onLogout={onLogout} />
      </div>
    </header>
  )
}

function Foot({ session, onLogout }: { session: Session; onLogout: () => void }): JSX.Element {
  const [theme, setTheme] = useState(themeNow)
  const change = () => {
    const next = theme === 'dark' ? 'light' : 'dark'
    chooseTheme(next)
    setTheme(next)
  }
  const logout = async () => {
    await fetch('/session', { method: 'DELETE' })
    onLogout()
  }
  return (
    <div class="side-foot">
      <span class="who" title={session.principal}>
        {session.principal.replace(/^User:/, '')}
        <small>
          broker {session.brokerId}
          {session.readOnly && ', read-only'}
        </small>
      </span>
      {session.by === 'session' && (
        <button
          type="button"
          class="quiet"
          onClick={() => void logout().catch((error: Error) => say(error.message, true))}
        >
          Log out
        </button>
      )}
      <button
        type="button"
        class="plain-icon"
        aria-label={`Show it ${theme === 'dark' ? 'light' : 'dark'}`}
        onClick={change}
      >
        <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
      </button>
    </div>
  )
}

/** `g` and a letter lead to a place. */
function useJumps(): void {
  const [waits, setWaits] = useState(false)
  useKeys((event) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return
    if (!waits) {
      if (event.key === 'g') setWaits(true)
      return
    }
    setWaits(false)
    const place = GROUPS.flatMap(([, places]) => places).find(([, , , key]) => key === event.key)
    if (place !== undefined) location.hash = link(place[0])
  })
}
