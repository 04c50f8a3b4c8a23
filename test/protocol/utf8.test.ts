import t from 'tap'
import { decodeUtf8 } from '../../protocol/utf8.ts'

/** Bytes, and the UTF-16 units that `new String(bytes, UTF_8)` of Java 17 makes of them. */
const JAVA: Record<string, string> = {
  '746f706963': '0074006f007000690063',
  '746f706963c3a9e4b896': '0074006f00700069006300e94e16',
  f09f9880: 'd83dde00',
  eda0e1f1bf9f9f80: 'fffdfffdd9bddfdffffd',
  e1f541f3ef41eda090: 'fffdfffd0041fffdfffd0041fffd',
  eda0c0dfdf: 'fffdfffdfffdfffd',
  c0eda0a07f: 'fffdfffd007f',
  edbb: 'fffd',
  ffedbfdfbbf4ef: 'fffdfffd07fbfffdfffd',
  fceda0a0e0: 'fffdfffdfffd',
  f8f1edbff3f8f5: 'fffdfffdfffdfffdfffdfffd',
  c1e1c09fedbfe0df: 'fffdfffdfffdfffdfffdfffdfffd',
  f88fbffcedbfa080: 'fffdfffdfffdfffdfffdfffd',
  eda0a0f39f90: 'fffdfffd',
  fc80ff7fedf39fedbb: 'fffdfffdfffd007ffffdfffdfffd',
}

const units = (text: string): string =>
  Array.from({ length: text.length }, (_, i) => text.charCodeAt(i).toString(16).padStart(4, '0')).join('')

t.test('malformed UTF-8 is replaced as Java replaces it', (t) => {
  for (const [hex, expected] of Object.entries(JAVA)) {
    const bytes = Buffer.from(`ff${hex}ff`, 'hex')
    t.equal(units(decodeUtf8(bytes, 1, hex.length / 2)), expected, hex)
  }
  t.end()
})

t.test('short and long text, at every length around the fast path', (t) => {
  for (let length = 0; length < 40; length++) {
    const text = 'abcdefghijklmnopqrstuvwxyz0123456789-_.~'.slice(0, length)
    t.equal(decodeUtf8(Buffer.from(text), 0, length), text)
  }
  t.end()
})
