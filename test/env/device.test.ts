import t from 'tap'
import type { Clock } from '../../src/env/index.ts'
import { Device } from '../../src/env/node/device.ts'

let nowMs: number
const clock = { monotonicMs: () => nowMs } as Clock

/** Tells the device of a synchronous write that took so long. */
function writeTaking(device: Device, durationMs: number, bytes = 100): void {
  const startMs = device.monotonicMs()
  nowMs += durationMs
  device.wroteInline(bytes, startMs)
}

/** How long writes go to the pool from now on. */
function detourMs(device: Device): number {
  const startMs = nowMs
  while (!device.mayWriteInline(100)) nowMs += 1
  return Math.round(nowMs - startMs)
}

t.beforeEach(() => {
  nowMs = 1_000_000
})

t.test('a quick disk is written from the loop', async (t) => {
  const device = new Device(clock)
  writeTaking(device, 1)
  t.equal(detourMs(device), 0)
  writeTaking(device, 12, 2_000_000)
  t.equal(detourMs(device), 0, 'a long write may take longer')
  t.equal(device.mayWriteInline(64_000_000), false, 'but not any length')
})

t.test('each relapse doubles the detour, a recovery forgives', async (t) => {
  const device = new Device(clock)
  const detours = []
  for (let i = 0; i < 10; i++) {
    writeTaking(device, 50)
    detours.push(detourMs(device))
  }
  t.strictSame(detours, [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
  nowMs += 30_001
  writeTaking(device, 1)
  writeTaking(device, 50)
  t.equal(detourMs(device), 250)
})
