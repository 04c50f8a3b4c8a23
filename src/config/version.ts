/** The version of package.json; a test holds them equal. Written here so that a start reads no file for it. */
export const VERSION = '0.1.0'
