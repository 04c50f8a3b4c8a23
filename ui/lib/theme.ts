/** Light or dark: as the system has it, until one chooses. */
const KEY = 'samsa.theme'
export type Theme = 'light' | 'dark'

const chosen = (): Theme | null => {
  try {
    const theme = localStorage.getItem(KEY)
    return theme === 'light' || theme === 'dark' ? theme : null
  } catch {
    return null
  }
}

export const themeNow = (): Theme => chosen() ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')

export function applyTheme(): void {
  document.documentElement.dataset.theme = themeNow()
}

export function chooseTheme(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme)
  } catch {
    // A browser that keeps nothing has it until it is closed.
  }
  document.documentElement.dataset.theme = theme
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', applyTheme)
