import t from 'tap'
import { isLater, Later } from '../../src/env/later.ts'

t.test('a listener hears of a value inside of resolve, and so does whoever listens to what it makes of it', (t) => {
  const later = new Later<number>()
  const heard: string[] = []
  void later.then((value) => value * 2).then((value) => heard.push(`twice is ${value}`))
  t.same(heard, [])
  later.resolve(21)
  t.same(heard, ['twice is 42'])
  t.end()
})

t.test('one after the other: all that follows from the first is done when the second begins', (t) => {
  const heard: string[] = []
  const requests = ['first', 'second'].map((name) => {
    const later = new Later<string>()
    void later
      .then((value) => {
        heard.push(`${name} is read`)
        return value
      })
      .then(() => heard.push(`${name} is answered`))
    return later
  })
  for (const request of requests) request.resolve('')
  t.same(heard, ['first is read', 'first is answered', 'second is read', 'second is answered'])
  t.end()
})

t.test('whoever listens too late hears at once, of a value and of an error', (t) => {
  const heard: unknown[] = []
  const known = new Later<string>()
  known.resolve('value')
  void known.then((value) => heard.push(value))
  const failed = new Later<string>()
  failed.reject('error')
  void failed.then(
    () => t.fail('there is no value'),
    (error) => heard.push(error),
  )
  t.same(heard, ['value', 'error'])
  t.end()
})

t.test('an error passes those that do not listen to errors, and one who does makes a value of it', (t) => {
  const later = new Later<string>()
  const heard: unknown[] = []
  void later
    .then(() => t.fail('there is no value'))
    .then(null, (error) => `after ${error}`)
    .then((value) => heard.push(value))
  later.reject('an error')
  t.same(heard, ['after an error'])
  t.end()
})

t.test('what a listener throws is heard by the next one, and resolve does not throw', (t) => {
  const later = new Later<string>()
  const heard: unknown[] = []
  const next = later.then(() => {
    throw new Error('of the listener')
  })
  void next.then(null, (error) => heard.push((error as Error).message))
  later.resolve('')
  t.same(heard, ['of the listener'])
  t.end()
})

t.test('an error that nobody listens to is an unhandled rejection', async (t) => {
  const unhandled = new Promise((resolve) => process.once('unhandledRejection', resolve))
  const later = new Later<string>()
  void later.then(() => {
    throw new Error('nobody hears')
  })
  later.resolve('')
  t.match(await unhandled, { message: 'nobody hears' })
})

t.test('is awaited as a promise is, and made of one', async (t) => {
  t.equal(await Later.of(Promise.resolve('value')), 'value')
  await t.rejects(async () => await Later.of(Promise.reject(new Error('of the promise'))), {
    message: 'of the promise',
  })
  const later = new Later<string>()
  t.equal(Later.of(later), later)
})

t.test('tells one listener, not two', (t) => {
  const later = new Later<string>()
  void later.then(() => {})
  t.throws(() => later.then(() => {}), { message: 'A value that comes later is told once.' })
  t.end()
})

t.test('isLater tells values that are there from those to come', (t) => {
  t.same([1, {}, Promise.resolve(), new Later()].map(isLater), [false, false, true, true])
  t.end()
})
