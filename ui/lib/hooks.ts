/** The hooks that views share: the route, answers of the broker, the live stream, the width of the window, keys. */
import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks'
import type { LiveSample } from '../../src/web/page/model.ts'
import { type ApiError, BASE, get } from './api.ts'

export interface Route {
  /** Segments behind `#/`, decoded. */
  readonly segments: readonly string[]
  readonly query: URLSearchParams
}

/** An address that somebody has written may be wrong. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function routeNow(): Route {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?')
  const segments = path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decoded)
  return { segments, query: new URLSearchParams(query) }
}

export function useRoute(): Route {
  const [route, setRoute] = useState(routeNow)
  useEffect(() => {
    const changed = () => setRoute(routeNow())
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }, [])
  return route
}

/** The address of a view. */
export const link = (...segments: (string | number)[]): string =>
  `#/${segments.map((each) => encodeURIComponent(each)).join('/')}`

export const go = (...segments: (string | number)[]): void => {
  location.hash = link(...segments)
}

export interface Fetched<T> {
  readonly data: T | null
  readonly error: ApiError | null
  readonly reload: () => void
}

/** A number, and a function that counts it up: the component is drawn again, and effects that depend on it run again. */
export function useTurn(): readonly [turn: number, next: () => void] {
  const [turn, count] = useReducer<number, void>((turn) => turn + 1, 0)
  return [turn, count]
}

/** Fetches again every `everyMs` while the page is looked at. What was there stays until there is something newer. */
export function useFetch<T>(at: string | null, everyMs = 0): Fetched<T> {
  const [state, setState] = useState<{ at: string | null; data: T | null; error: ApiError | null }>({
    at,
    data: null,
    error: null,
  })
  const [turn, reload] = useTurn()
  useEffect(() => {
    if (at === null) return
    const ending = new AbortController()
    let timer = 0
    const load = async () => {
      try {
        if (!document.hidden) {
          const data = await get<T>(at, ending.signal)
          setState({ at, data, error: null })
        }
      } catch (error) {
        if (ending.signal.aborted) return
        setState((before) => ({ at, data: before.at === at ? before.data : null, error: error as ApiError }))
      }
      if (everyMs > 0 && !ending.signal.aborted) timer = setTimeout(load, everyMs)
    }
    void load()
    return () => {
      ending.abort()
      clearTimeout(timer)
    }
  }, [at, everyMs, turn])
  const isCurrent = state.at === at
  return {
    data: isCurrent ? state.data : null,
    error: isCurrent ? state.error : null,
    reload,
  }
}

/** The rows that have the text in any of their fields, in capitals or not. */
export function useFiltered<Row extends object>(rows: readonly Row[] | null, filter: string): readonly Row[] {
  return useMemo(() => {
    const words = filter.toLowerCase()
    return (rows ?? []).filter((row) => Object.values(row).join(' ').toLowerCase().includes(words))
  }, [rows, filter])
}

export interface Live {
  readonly samples: readonly LiveSample[]
  readonly last: LiveSample | null
  /** The stream is cut, and is being tried again. */
  readonly isLost: boolean
}

const KEPT_SAMPLES = 300
const listeners = new Set<() => void>()
let live: Live = { samples: [], last: null, isLost: false }
let source: EventSource | null = null

function changeLive(next: Live): void {
  live = next
  for (const listener of listeners) listener()
}

function openLive(): void {
  if (source !== null || document.hidden) return
  source = new EventSource(`${BASE}/live`)
  source.onmessage = ({ data }) => {
    const last = JSON.parse(data) as LiveSample
    changeLive({ samples: [...live.samples.slice(1 - KEPT_SAMPLES), last], last, isLost: false })
  }
  source.onerror = () => {
    changeLive({ ...live, isLost: true })
    if (source?.readyState !== EventSource.CLOSED) return
    closeLive()
    setTimeout(() => listeners.size > 0 && openLive(), 3_000)
  }
}

function closeLive(): void {
  source?.close()
  source = null
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) closeLive()
  else if (listeners.size > 0) openLive()
})

/** One stream for the whole page, open while somebody looks at it. */
export function useLive(): Live {
  const [, changed] = useTurn()
  useEffect(() => {
    listeners.add(changed)
    openLive()
    return () => {
      listeners.delete(changed)
    }
  }, [changed])
  return live
}

export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches)
  useEffect(() => {
    const media = matchMedia(query)
    const changed = () => setMatches(media.matches)
    media.addEventListener('change', changed)
    return () => media.removeEventListener('change', changed)
  }, [query])
  return matches
}

/** A value that outlives the page's reload. */
export function useStored<T>(name: string, initial: T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => {
    try {
      const text = localStorage.getItem(`samsa.${name}`)
      return text === null ? initial : (JSON.parse(text) as T)
    } catch {
      return initial
    }
  })
  const store = useCallback(
    (next: T) => {
      setValue(next)
      try {
        localStorage.setItem(`samsa.${name}`, JSON.stringify(next))
      } catch {
        // A browser that keeps nothing shows what it was told until it is closed.
      }
    },
    [name],
  )
  return [value, store]
}

/** Calls the newest `handle` for keys that are pressed outside of fields. */
export function useKeys(handle: (event: KeyboardEvent) => void): void {
  const newest = useRef(handle)
  newest.current = handle
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const at = event.target as HTMLElement
      if (event.defaultPrevented || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName)) return
      newest.current(event)
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
}
