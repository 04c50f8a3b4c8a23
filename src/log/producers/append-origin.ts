/**
 * The one who appends to a leader's log. Clients are checked whole (idempotent sequences, no control batches); coordinators
 * write records without sequences and transaction markers.
 */
export type AppendOrigin = 'client' | 'coordinator'
