import type { SchemaReference } from '../state/log-records.ts'
import { compareText } from '../subject-name.ts'

/** In order of their names, each once. */
export function sortedReferences(references: readonly SchemaReference[]): SchemaReference[] {
  const texts = [...references].sort(
    (a, b) => compareText(a.name, b.name) || compareText(a.subject, b.subject) || a.version - b.version,
  )
  return texts.filter((reference, index) => {
    const before = texts[index - 1]
    return (
      before?.name !== reference.name || before.subject !== reference.subject || before.version !== reference.version
    )
  })
}
