/** What the command ends with; `--help` says it, too. */
export const exitCodes = {
  done: 0,
  /** Anything that went wrong, a command line that can't be understood included. */
  failed: 1,
  /** Ctrl-C or SIGTERM: a run is paused then, and can be resumed. */
  interrupted: 130,
} as const;
