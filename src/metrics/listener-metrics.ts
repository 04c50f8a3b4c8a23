/** A listener's socket-server-metrics: plain numbers that its connections add to. */
export class ListenerMetrics {
  /** Open now. */
  connections = 0
  connectionCreations = 0
  connectionCloses = 0
  incomingBytes = 0
  outgoingBytes = 0
  requests = 0
  responses = 0
  successfulAuthentications = 0
  failedAuthentications = 0
}
