/** Where data that are in memory have their path. */
export const MEMORY_DIRECTORY = '/memory'
