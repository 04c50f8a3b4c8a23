/** Small drawings of one line weight, and the sign of samsa. */
import type { JSX } from 'preact'

const PATHS = {
  overview: 'M3 12.5 8 7l4 4 6-7M3 17h15',
  topics: 'M4 5h12M4 10h12M4 15h8',
  groups:
    'M7 9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM2.5 16c.4-3 2.2-4.5 4.5-4.5S11.1 13 11.5 16M13.5 10a2 2 0 1 0 0-4M14 12.5c2 .1 3.2 1.3 3.5 3.5',
  connections: 'M5 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm10-4a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM7 11.4l6-2.8',
  transactions: 'M4 7h11l-3-3M16 13H5l3 3',
  disks:
    'M4 6c0-1.4 2.7-2 6-2s6 .6 6 2-2.7 2-6 2-6-.6-6-2Zm0 0v8c0 1.4 2.7 2 6 2s6-.6 6-2V6M4 10c0 1.4 2.7 2 6 2s6-.6 6-2',
  acls: 'M10 3 4.5 5v4.5c0 3.5 2.3 6 5.5 7.5 3.2-1.5 5.5-4 5.5-7.5V5L10 3Zm-2.3 6.8 1.7 1.7 3-3.2',
  users: 'M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4 16.5c.6-3.3 3-5 6-5s5.4 1.7 6 5',
  quotas: 'M3.5 14a6.5 6.5 0 1 1 13 0M10 14l3-4.5',
  cluster: 'M4 4.5h12v4H4zM4 11.5h12v4H4zM7 6.5h.01M7 13.5h.01',
  faults: 'M11 3 4.5 11.5H9L8.5 17l6.5-8.5h-4.5L11 3Z',
  audit: 'M6 3.5h8v13H6zM8.5 7h3M8.5 10h3M8.5 13h3',
  search: 'M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11Zm4-1.5 3.5 3.5',
  close: 'm5 5 10 10M15 5 5 15',
  menu: 'M4 6h12M4 10h12M4 14h12',
  moon: 'M15.5 12A6 6 0 0 1 8 4.5 6.5 6.5 0 1 0 15.5 12Z',
  sun: 'M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M15.3 4.7l-1 1M5.7 14.3l-1 1',
  plus: 'M10 4.5v11M4.5 10h11',
  chevron: 'm8 5.5 4.5 4.5L8 14.5',
  back: 'm12 5.5-4.5 4.5 4.5 4.5',
  play: 'M7 5v10l8-5-8-5Z',
  pause: 'M7.5 5v10M12.5 5v10',
  down: 'M10 4v10m-4-4 4 4 4-4M4 16.5h12',
  up: 'M10 14V4M6 8l4-4 4 4M4 16.5h12',
} as const
export type IconName = keyof typeof PATHS

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}

/** A beetle seen from above. */
export function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
      <path
        class="mark-legs"
        d="M6.5 9.5 3 7.5M6 13H2.5M6.5 16.5 3.5 19M17.5 9.5 21 7.5M18 13h3.5M17.5 16.5l3 2.5M10 4.5 8.5 2.5M14 4.5l1.5-2"
      />
      <path class="mark-head" d="M8.5 7.5C8.5 5.5 10 4.2 12 4.2s3.5 1.3 3.5 3.3Z" />
      <path
        class="mark-shell"
        d="M12 8.5v12.5c-3.6 0-6-3-6-7 0-2.1.6-4 1.7-5.5H12Zm0 0v12.5c3.6 0 6-3 6-7 0-2.1-.6-4-1.7-5.5H12Z"
      />
    </svg>
  )
}
