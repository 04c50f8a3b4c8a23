import type { ControllerRequestContext } from './controller.ts'

/** Who asks for what the broker itself wishes, rather than the client whose request needs it. */
export const BROKER_PRINCIPAL: ControllerRequestContext['principal'] = { type: 'User', name: 'ANONYMOUS' }
