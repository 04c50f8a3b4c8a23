import t from 'tap'
import { foreignProtocol, wrongProtocol } from '../../src/server/foreign-protocol.ts'

const beginnings: [bytes: string, protocol: string | null][] = [
  // RFC 8446, 5.1: a record of type handshake, with the version of TLS 1.0 as all clients send it first.
  ['\x16\x03\x01\x02\x00', 'TLS'],
  ['\x16\x03\x03\x00', 'TLS'],
  ['\x16\x03\x05\x00', null],
  ['GET / HTTP/1.1', 'HTTP'],
  ['PRI * HTTP/2.0', 'HTTP'],
  ['OPTIONS *', 'HTTP'],
  ['SSH-2.0-OpenSSH', 'SSH'],
  ['PROXY TCP4', 'PROXY protocol'],
  ['\r\n\r\n\x00\r\nQUIT\n', 'PROXY protocol'],
  ['\x00\x00\x00\x2a\x00\x12', null],
  ['\xff\xff\xff\xff', null],
  ['', null],
]
for (const [bytes, protocol] of beginnings) {
  t.equal(foreignProtocol(Buffer.from(bytes, 'latin1')), protocol, JSON.stringify(bytes))
}
t.match(wrongProtocol('TLS', 'PLAINTEXT'), /^the client speaks TLS, .*security.protocol=PLAINTEXT/)
t.match(wrongProtocol('HTTP', 'PLAINTEXT'), /^the client speaks HTTP, /)
