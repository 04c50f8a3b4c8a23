import type { RequestContext } from '../../dispatch/handler.ts'
import type { ClientTelemetry, TelemetryClient } from '../../telemetry/client-telemetry.ts'

/** Client telemetry, which is loaded when the first client asks. */
export interface Telemetry {
  load(): Promise<ClientTelemetry>
}

export const telemetryClient = ({ clientId, connection }: RequestContext): TelemetryClient => ({
  client_id: clientId,
  client_software_name: connection.peer.softwareName,
  client_software_version: connection.peer.softwareVersion,
  client_source_address: connection.remoteAddress,
  client_source_port: String(connection.remotePort),
  onClose: (fn) => connection.onClose(fn),
})
