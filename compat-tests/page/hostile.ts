/** Content of records that would do harm where it were taken for anything but text. Each calls `pwned`, which must not happen. */
export const HOSTILE = [
  '<script>window.pwned=1</script>',
  '<img src=x onerror="window.pwned=1">',
  '<svg onload="window.pwned=1"></svg>',
  '"><iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
  'javascript:window.pwned=1',
  '{"__proto__":{"pwned":1},"constructor":{"prototype":{"pwned":1}}}',
  '{"<img src=x onerror=window.pwned=1>":"</script><script>window.pwned=1</script>"}',
  '\u0024{window.pwned=1}{{constructor.constructor("window.pwned=1")()}}',
  '\u202Egnp.exe\u0000\u0007\u001b[31m',
] as const
