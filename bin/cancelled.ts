/** Signals that ask us to stop; SIGHUP comes when a terminal or an ssh session is closed. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Why everything stops: the signal that came. */
export class Cancelled extends Error {
  constructor(readonly signalName: (typeof SIGNALS)[number]) {
    super(`Cancelled by ${signalName}`);
    this.name = 'Cancelled';
  }
}
