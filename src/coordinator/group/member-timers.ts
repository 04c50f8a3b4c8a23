/** Names of timers that concern one member of a group. */

/** Group and member ids may hold anything but this. */
const SEPARATOR = '\0'

export const memberTimer = (name: string, groupId: string, memberId: string): string =>
  `${name} ${groupId}${SEPARATOR}${memberId}`

/** Every kind of group times the sessions of its members under this name, so that one that is converted takes it over. */
export const sessionTimer = (groupId: string, memberId: string): string => memberTimer('session', groupId, memberId)
