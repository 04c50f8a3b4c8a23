/**
 * The words in which groups speak with the runtime of their coordinator: records of `__consumer_offsets`, timeouts, and
 * steps that follow an append. Each kind of group has its own, and its line here.
 */
import { Effects } from '../runtime/effects.ts'
import type { ClassicWords } from './classic/classic-words.ts'
import type { ConsumerWords } from './consumer/consumer-words.ts'
import type { GroupType } from './group.ts'
import type { OffsetRecord } from './offsets/offset-records.ts'
import type { ShareTask, ShareWords } from './share/share-words.ts'
import type { StreamsWords } from './streams/streams-words.ts'

/** Records, timeouts and steps of a kind say whose they are, so that the shard gives them to the right one. */
export interface KindWords {
  readonly record: { readonly kind: string; readonly group: string }
  readonly timeout: { readonly kind: string }
  readonly step: { readonly kind: string }
}

interface WordsByKind extends Record<GroupType, KindWords> {
  classic: ClassicWords
  consumer: ConsumerWords
  share: ShareWords
  streams: StreamsWords
}

/** The words of one kind, or of any of several. */
export interface WordsOf<Type extends GroupType> {
  readonly record: WordsByKind[Type]['record']
  readonly timeout: WordsByKind[Type]['timeout']
  readonly step: WordsByKind[Type]['step']
}

export type AnyKindWords = WordsOf<GroupType>

export type GroupRecord = OffsetRecord | AnyKindWords['record']

/** A timer of the group coordinator gives this back when it fires. */
export type GroupTimeout = AnyKindWords['timeout'] | { readonly kind: 'offset-retention' }

export interface GroupWords {
  readonly record: GroupRecord
  readonly timeout: GroupTimeout
  /** Work that the coordinator does outside of its log. */
  readonly task: ShareTask
  readonly step: AnyKindWords['step']
}

export type GroupEffects = Effects<GroupWords>
export const groupEffects = (): GroupEffects => new Effects<GroupWords>()
