import type {Ora} from 'ora';
import {formatNs} from '../base/durations.js';

/** A run shorter than this shows no progress. */
const silentMs = 1000;

/** How far a long run is, as one line on stderr that comes after a second and goes when the run ends. */
export class Progress {
  private readonly startMs = performance.now();
  private readonly timer: NodeJS.Timeout | null;
  private spinner: Ora | null = null;
  private text = '';
  private isOver = false;

  constructor(isShown: boolean) {
    this.timer = isShown ? setTimeout(() => this.start(), silentMs) : null;
    this.timer?.unref();
  }

  /** @param timeNs virtual time; eventsMax: events of the whole run, where that is known; what: of several, the one that runs */
  update(progress: {events: number; timeNs?: number; eventsMax?: number; what?: string}): void {
    if (this.timer === null) return;
    const {events, timeNs, eventsMax, what} = progress;
    const seconds = Math.max(1, performance.now() - this.startMs) / 1000;
    const of = eventsMax === undefined || eventsMax === 0 ? '' : ` of ${eventsMax}`;
    const virtual = timeNs === undefined ? '' : `, ${formatNs(timeNs)} of virtual time`;
    this.text = `${what === undefined ? '' : `${what}: `}${events}${of} events, ${Math.round(events / seconds)} a second${virtual}`;
    if (this.spinner !== null) this.spinner.text = this.text;
  }

  stop(): void {
    this.isOver = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.spinner?.stop();
  }

  private async start(): Promise<void> {
    const {default: ora} = await import('ora');
    if (this.isOver) return;
    // Ctrl-C is ours: ora must not take it with stdin in raw mode.
    this.spinner = ora({text: this.text, stream: process.stderr, discardStdin: false, hideCursor: false}).start();
  }
}
