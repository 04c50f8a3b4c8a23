import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Session } from '../../src/web/page/model.ts'

export const SessionContext = createContext<Session | null>(null)

export interface Rights {
  /** Why nothing can be changed, in words for a tooltip; null: it can. */
  readonly whyNot: (operation: string, operations: readonly string[]) => string | null
  readonly onCluster: (operation: string) => string | null
}

/** The rights of who is logged in: buttons of what would be refused say so beforehand. */
export function useRights(): Rights {
  const session = useContext(SessionContext)
  const whyNot: Rights['whyNot'] = (operation, operations) => {
    if (session === null) return 'Loading'
    if (session.readOnly) return 'This page is read-only'
    return operations.includes(operation) ? null : `${session.principal} lacks the permission ${operation}`
  }
  return { whyNot, onCluster: (operation) => whyNot(operation, session?.operations ?? []) }
}
