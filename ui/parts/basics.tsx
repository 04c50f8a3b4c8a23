/** The small parts of which views are made. */
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { ApiError } from '../lib/api.ts'
import { link, useKeys } from '../lib/hooks.ts'
import { Icon } from './icons.tsx'

export interface Crumb {
  readonly title: string
  readonly href: string
}

export function Head(props: {
  title: string
  crumb?: Crumb
  note?: ComponentChildren
  children?: ComponentChildren
}): JSX.Element {
  const { title, crumb, note, children } = props
  useEffect(() => {
    document.title = `${title} · samsa`
  }, [title])
  return (
    <header class="head">
      <div class="head-words">
        {crumb && (
          <a class="crumb" href={crumb.href}>
            <Icon name="back" />
            {crumb.title}
          </a>
        )}
        <h1>{title}</h1>
        {note && <div class="note">{note}</div>}
      </div>
      <div class="head-actions">{children}</div>
    </header>
  )
}

export function Tabs({
  base,
  tabs,
  at,
}: {
  base: readonly string[]
  tabs: readonly string[]
  at: string
}): JSX.Element {
  const ref = useRef<HTMLElement>(null)
  // A tab that is chosen comes into sight.
  useEffect(() => {
    ref.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [at])
  return (
    <nav class="tabs" aria-label="Sections" ref={ref}>
      {tabs.map((tab) => (
        <a key={tab} href={link(...base, tab)} aria-current={tab === at ? 'page' : undefined}>
          {tab.replaceAll('-', ' ')}
        </a>
      ))}
    </nav>
  )
}

export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ComponentChildren }): JSX.Element {
  return <span class={`badge ${tone}`}>{children}</span>
}
export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'accent'

const STATE_TONES: Readonly<Record<string, Tone>> = {
  stable: 'good',
  empty: 'plain',
  dead: 'plain',
  ongoing: 'accent',
  completecommit: 'good',
  completeabort: 'plain',
}

export function State({ state }: { state: string }): JSX.Element {
  return <Badge tone={STATE_TONES[state.toLowerCase()] ?? 'warn'}>{state}</Badge>
}

export function Filter(props: { value: string; onChange: (value: string) => void; label: string }): JSX.Element {
  const ref = useRef<HTMLInputElement>(null)
  useKeys((event) => {
    if (event.key !== '/') return
    event.preventDefault()
    ref.current?.focus()
  })
  return (
    <label class="filter">
      <Icon name="search" />
      <input
        ref={ref}
        type="search"
        aria-label={props.label}
        placeholder={props.label}
        value={props.value}
        onInput={(event) => props.onChange(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
      />
      <kbd>/</kbd>
    </label>
  )
}

/** A button says why it cannot be pressed. */
export function Action(props: {
  children: ComponentChildren
  onClick: () => void
  whyNot?: string | null
  tone?: 'main' | 'plain' | 'danger'
  icon?: Parameters<typeof Icon>[0]['name']
}): JSX.Element {
  const { children, onClick, whyNot = null, tone = 'plain', icon } = props
  return (
    <button type="button" class={`button ${tone}`} disabled={whyNot !== null} title={whyNot ?? ''} onClick={onClick}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  )
}

export function Failure({ error }: { error: Pick<ApiError, 'code' | 'message'> }): JSX.Element {
  return (
    <div class="failure" role="alert">
      <strong>{error.code}</strong> {error.message}
    </div>
  )
}

/** A skeleton while something comes, the error when it does not. */
export function Awaited<T>(props: {
  of: { readonly data: T | null; readonly error: ApiError | null }
  children: (data: T) => ComponentChildren
}): JSX.Element {
  const { data, error } = props.of
  return (
    <>
      {error && <Failure error={error} />}
      {data !== null ? props.children(data) : !error && <div class="skeleton" role="status" aria-label="Loading" />}
    </>
  )
}

function Dialog(props: {
  title: string
  onClose: () => void
  children: ComponentChildren
  wide?: boolean
}): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself.
    <dialog
      ref={ref}
      class={props.wide ? 'wide' : ''}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        props.onClose()
      }}
      onClick={(event) => event.target === ref.current && props.onClose()}
    >
      <div class="dialog-inside">
        <div class="dialog-head">
          <h2 id={id}>{props.title}</h2>
          <button type="button" class="plain-icon" aria-label="Close" onClick={props.onClose}>
            <Icon name="close" />
          </button>
        </div>
        {props.children}
      </div>
    </dialog>
  )
}

/** A form in a dialog, whose error stands where the person looks. */
export function FormDialog(props: {
  title: string
  action: string
  danger?: boolean
  wide?: boolean
  onClose: () => void
  /** Resolves to false where the dialog is to stay. */
  onSubmit: () => Promise<unknown>
  children: ComponentChildren
  whyNot?: string | null
}): JSX.Element {
  const [error, setError] = useState<ApiError | null>(null)
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setError(null)
    try {
      const isDone = (await props.onSubmit()) !== false
      setBusy(false)
      if (isDone) props.onClose()
    } catch (failure) {
      setError(failure as ApiError)
      setBusy(false)
    }
  }
  return (
    <Dialog title={props.title} onClose={props.onClose} wide={props.wide === true}>
      <form onSubmit={submit}>
        {props.children}
        {error && <Failure error={error} />}
        <div class="dialog-actions">
          <button type="button" class="button plain" onClick={props.onClose}>
            Cancel
          </button>
          <button
            type="submit"
            class={`button ${props.danger ? 'danger' : 'main'}`}
            disabled={isBusy || (props.whyNot ?? null) !== null}
            title={props.whyNot ?? ''}
          >
            {props.action}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

export function Field(props: { label: string; hint?: ComponentChildren; children: ComponentChildren }): JSX.Element {
  return (
    <div class="field">
      {/* biome-ignore lint/a11y/noLabelWithoutControl: The control is among the children. */}
      <label class="field">
        <span class="field-label">{props.label}</span>
        {props.children}
      </label>
      {props.hint && <span class="field-hint">{props.hint}</span>}
    </div>
  )
}

export function Text(props: {
  value: string
  onChange: (value: string) => void
  type?: 'text' | 'number' | 'password' | 'datetime-local'
  placeholder?: string
  required?: boolean
  label?: string
  list?: string
  autocomplete?: 'off' | 'username' | 'current-password' | 'new-password'
}): JSX.Element {
  const { value, onChange, type = 'text', label, autocomplete = 'off', ...rest } = props
  const kind = { type } as { type: 'text' }
  return (
    <input
      {...rest}
      {...kind}
      aria-label={label}
      value={value}
      step={type === 'datetime-local' ? '0.001' : undefined}
      autocomplete={autocomplete}
      spellcheck={false}
      onInput={(event) => onChange(event.currentTarget.value)}
    />
  )
}

export function Choice<T extends string>(props: {
  value: T
  options: readonly (T | readonly [T, string])[]
  onChange: (value: T) => void
  label?: string
}): JSX.Element {
  return (
    <select
      aria-label={props.label}
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value as T)}
    >
      {props.options.map((option) => {
        const [value, title] = typeof option === 'string' ? [option, option] : option
        return (
          <option key={value} value={value}>
            {title}
          </option>
        )
      })}
    </select>
  )
}

export function Facts({ facts }: { facts: readonly (readonly [string, ComponentChildren])[] }): JSX.Element {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** To delete something one writes its name: it is gone for ever. */
export function DeleteDialog(props: {
  what: string
  name: string
  warning: ComponentChildren
  onClose: () => void
  onDelete: () => Promise<unknown>
}): JSX.Element {
  const [typed, setTyped] = useState('')
  const isMeant = typed === props.name
  return (
    <FormDialog
      title={`Delete ${props.what}`}
      action="Delete"
      danger
      whyNot={isMeant ? null : 'Write its name first'}
      onClose={props.onClose}
      onSubmit={props.onDelete}
    >
      <p>{props.warning}</p>
      <Field label={`Write ${props.name} to go on`}>
        <Text value={typed} onChange={setTyped} required />
      </Field>
    </FormDialog>
  )
}
