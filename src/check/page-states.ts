import {none, Row} from '../protocol/row.js';

/** What the rows tell of a page; in flight is absent still. */
export const PageState = {absent: 0, present: 1, failed: 2} as const;

export const pageStateNames = ['absent', 'present', 'failed'] as const;

/** States per page in one number: the state, and above it how often the page was evicted. */
const states = 3;

/** The pages that the rows have touched, with their state and the number of their evictions. */
export class PageStates {
  private readonly cells = new Map<number, number>();

  constructor(private readonly presentPages: number) {}

  stateOf(page: number): number {
    return this.cellOf(page) % states;
  }

  nameOf(page: number): string {
    return pageStateNames[this.stateOf(page)];
  }

  evictionsOf(page: number): number {
    return Math.floor(this.cellOf(page) / states);
  }

  complete(page: number, failed: boolean): void {
    this.cells.set(page, this.evictionsOf(page) * states + (failed ? PageState.failed : PageState.present));
  }

  evict(page: number): void {
    this.cells.set(page, (this.evictionsOf(page) + 1) * states + PageState.absent);
  }

  private cellOf(page: number): number {
    return this.cells.get(page) ?? (page >= 0 && page < this.presentPages ? PageState.present : PageState.absent);
  }
}

/** Number of the 4 KiB page of a row's gpa, or `none`. */
export function pageOfRow(row: Float64Array): number {
  return row[Row.gpaHi] === none ? none : row[Row.gpaHi] * 2 ** 20 + Math.floor(row[Row.gpaLo] / 4096);
}
