/** Why everything stops: the signal that came. */
export class Cancelled extends Error {
  constructor(readonly signalName: 'SIGINT' | 'SIGTERM') {
    super(`Cancelled by ${signalName}`);
    this.name = 'Cancelled';
  }
}
