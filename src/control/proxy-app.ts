import type { Clock } from '../env/index.ts'
import type { Faults } from '../testing/faults/faults.ts'
import type { Witness } from '../testing/witness.ts'
import { finish, healthRoutes } from './app.ts'
import { newApp, type OpenAPIHono } from './routes/describe.ts'
import { faultRoutes } from './routes/rules.ts'
import { lastRequests, witnessRoutes } from './routes/witness.ts'

/** The part of the control that a proxy has, below `/control`: there is no broker of one's own behind it. */
export function proxyControl({ faults, witness }: { faults: Faults; witness: Witness }, clock: Clock): OpenAPIHono {
  const app = newApp()
  healthRoutes(app, () => null)
  app.route('/', faultRoutes({ faults, clock, lastRequests: () => lastRequests(witness) }))
  app.route('/', witnessRoutes(witness, clock))
  finish(app)
  const all = newApp()
  all.route('/control', app)
  return all
}
