import type { CommandDefinition } from '../definition/command.ts'

const SHELLS = ['bash', 'zsh', 'fish']

/** `samsa completion`: what a shell needs to complete the words of the others. */
export const completion: CommandDefinition = {
  name: 'completion',
  summary: 'print the completion for a shell',
  details: `
What follows on the command line is completed, names of topics, groups and brokers included: they are asked of the cluster
that the line names by then, for a second at the most.`,
  examples: [
    ['source <(samsa completion bash)', 'in ~/.bashrc'],
    ['source <(samsa completion zsh)', 'in ~/.zshrc, behind compinit'],
    ['samsa completion fish | source', 'in ~/.config/fish/config.fish'],
  ],
  args: [{ usage: '<shell>', description: 'bash, zsh or fish', values: SHELLS }],
  run: async ([shell = '']) => {
    const { completionScript } = await import('../completion/scripts.ts')
    process.stdout.write(completionScript(shell))
    return 0
  },
}
