/** The first word of a command line that asks for candidates. */
export const COMPLETE = '__complete'
