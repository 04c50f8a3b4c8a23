const JSON_TYPE = 'application/vnd.schemaregistry.v1+json'

export interface Answer {
  readonly status: number
  /** A value of JSON, or a text that is none. */
  readonly body: unknown
}

export async function ask(url: string, method: string, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': JSON_TYPE, accept: JSON_TYPE },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: jsonOr(text) }
}

/** The value that a text of JSON has; the text itself where it is none. */
export function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
