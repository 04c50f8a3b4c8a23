import t from 'tap'
import { SslPrincipalMapper } from '../../src/security/tls/ssl-principal-mapper.ts'

/** The examples of Apache's SslPrincipalMapperTest. */
t.test('valid rules', (t) => {
  const valid = [
    'DEFAULT',
    'RULE:^CN=(.*?),OU=ServiceUsers.*$/$1/',
    'RULE:^CN=(.*?),OU=ServiceUsers.*$/$1/L, DEFAULT',
    'RULE:^CN=(.*?),OU=(.*?),O=(.*?),L=(.*?),ST=(.*?),C=(.*?)$/$1@$2/',
    'RULE:^.*[Cc][Nn]=([a-zA-Z0-9.]*).*$/$1/L',
    'RULE:^cn=(.?),ou=(.?),dc=(.?),dc=(.?)$/$1@$2/U',
    'RULE:^CN=([^,ADEFLTU,]+)(,.*|$)/$1/',
    'RULE:^CN=([^,DEFAULT,]+)(,.*|$)/$1/',
    '',
    ',   , , ,      , , ,   ',
    '     ,  , RULE:   /  /U    ,,  ,DEFAULT, ,',
    'RULE:\\/\\\\\\(\\)\\n\\t/\\/\\/\\//',
    'RULE:,RULE:,/,RULE:,\\//U,RULE:,/RULE:,/,RULE:,RULE:,/L,RULE:,/L,RULE:, DEFAULT, /DEFAULT/,DEFAULT',
  ]
  for (const rules of valid) t.doesNotThrow(() => new SslPrincipalMapper(rules), rules)
  t.end()
})

t.test('invalid rules', (t) => {
  const invalid = [
    'default',
    'DEFAUL',
    'DEFAULT/L',
    'DEFAULT/U',
    'RULE:CN=(.*?),OU=ServiceUsers.*/$1',
    'rule:^CN=(.*?),OU=ServiceUsers.*$/$1/',
    'RULE:^CN=(.*?),OU=ServiceUsers.*$/$1/L/U',
    'RULE:^CN=(.*?),OU=ServiceUsers.*$/L',
    'RULE:^CN=(.*?),OU=ServiceUsers.*$/U',
    'RULE:^CN=(.*?),OU=ServiceUsers.*$/LU',
  ]
  for (const rules of invalid) {
    t.throws(() => new SslPrincipalMapper(rules), { message: /^Invalid rule in ssl\.principal\.mapping\.rules/ }, rules)
  }
  t.end()
})

t.test('names', (t) => {
  const mapper = new SslPrincipalMapper(
    [
      'RULE:^CN=(.*?),OU=ServiceUsers.*$/$1/L',
      'RULE:^CN=(.*?),OU=(.*?),O=(.*?),L=(.*?),ST=(.*?),C=(.*?)$/$1@$2/L',
      'RULE:^cn=(.*?),ou=(.*?),dc=(.*?),dc=(.*?)$/$1@$2/U',
      'RULE:^.*[Cc][Nn]=([a-zA-Z0-9.]*).*$/$1/U',
      'DEFAULT',
    ].join(', '),
  )
  t.equal(mapper.nameOf('CN=Duke,OU=ServiceUsers,O=Org,C=US'), 'duke')
  t.equal(mapper.nameOf('CN=Duke,OU=SME,O=mycp,L=Fulton,ST=MD,C=US'), 'duke@sme')
  t.equal(mapper.nameOf('cn=duke,ou=sme,dc=mycp,dc=com'), 'DUKE@SME')
  t.equal(mapper.nameOf('cN=duke,OU=JavaSoft,O=Sun Microsystems'), 'DUKE')
  t.equal(mapper.nameOf('OU=JavaSoft,O=Sun Microsystems,C=US'), 'OU=JavaSoft,O=Sun Microsystems,C=US')

  const commas = new SslPrincipalMapper('RULE:^CN=((\\\\, *|\\w)+)(,.*|$)/$1/,DEFAULT')
  t.equal(commas.nameOf('CN=Tkac\\, Adam,OU=ITZ,DC=geodis,DC=cz'), 'Tkac\\, Adam')
  t.equal(new SslPrincipalMapper('RULE:^CN=(.*?),.*$/$1/').nameOf('OU=other'), null, 'no rule applies')
  t.equal(new SslPrincipalMapper('RULE:^CN=(\\w+).*$/$1@$4-$12/').nameOf('CN=duke,O=x'), 'duke@$4-duke2')
  t.end()
})
