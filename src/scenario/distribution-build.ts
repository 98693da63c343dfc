import {durationNsMax} from '../base/durations.js';
import {fromNumber, ln, toNumber} from '../base/fixed-point.js';
import {cellCount, cellWeight, positionMax, remainingAt, segmentCount} from './distribution.js';
import type {Distribution} from './resolved.js';

/** A point of a quantile function: `remaining` is the probability above the value, 1 at the least, 0 at the greatest. */
export interface QuantilePoint {
  remaining: number;
  valueNs: number;
}

/** A table has no room for a mean above this, ns: its last cell ends at about 26.3 means. */
export const exponentialMeanNsMax = Math.floor(durationNsMax / 27);

/** What a cell of the table is cut from: the true distribution between two remaining probabilities. */
interface Cell {
  startNs: number;
  endNs: number;
  meanNs: number;
}

/** An exponential distribution. @param mean ns, 0 to exponentialMeanNsMax */
export function exponential(mean: number): Distribution {
  // -ln of a cell's start is the segment's share, a multiple of ln 2, plus that of its place: 17 or so logarithms.
  const ln2 = toNumber(ln(fromNumber(2)));
  const minusLnPlace = Array.from(
    {length: 2 * cellCount},
    (_, i) => -toNumber(ln(fromNumber(1 - i / (2 * cellCount)))),
  );
  const minusLn = (cell: number) => {
    const segment = Math.floor(cell / cellCount);
    const place = cell % cellCount;
    return segment * ln2 + minusLnPlace[segment === segmentCount - 1 ? 2 * place : place];
  };
  // The integral of -ln r from 0 to r, in units of the mean.
  const integral = (cell: number) => (remainingAt(cell) === 0 ? 0 : remainingAt(cell) * (1 + minusLn(cell)));
  const table = buildCells((cell) => {
    const startNs = mean * minusLn(cell);
    const last = remainingAt(cell + 1) === 0;
    return {
      startNs,
      // The tail beyond the table's last start has the mean once more on average, whatever its end.
      endNs: last ? startNs + 2 * mean : mean * minusLn(cell + 1),
      meanNs: (mean * (integral(cell) - integral(cell + 1))) / (remainingAt(cell) - remainingAt(cell + 1)),
    };
  });
  return {from: 'exponential', table};
}

/**
 * The distribution whose quantile function is linear in probability between the given points: a draw falls between p50
 * and p99 with probability 0.49, and is uniform there. Exact.
 * @param points by falling `remaining`, the first 1, the last 0, no two alike, and no value below the one before
 */
export function quantiles(points: readonly QuantilePoint[]): Distribution {
  const table = points.flatMap(({remaining, valueNs}) => [positionMax - Math.round(remaining * positionMax), valueNs]);
  return {from: 'quantiles', table};
}

/**
 * The distribution of a sample: each value as likely as it is frequent.
 * @param values integer ns, at least one; sorted in place
 */
export function empirical(values: Float64Array): Distribution {
  values.sort();
  const count = values.length;
  /** The i-th greatest. */
  const greatest = (i: number) => values[count - 1 - Math.max(0, Math.min(count - 1, i))];
  // From the tail inwards, so that one walk over the values sums every cell.
  const cells: Cell[] = [];
  let taken = 0;
  let sumTaken = 0;
  let areaBelow = 0;
  for (let cell = segmentCount * cellCount - 1; cell >= 0; cell--) {
    const from = remainingAt(cell + 1) * count;
    const to = remainingAt(cell) * count;
    for (; taken < Math.floor(to); taken++) sumTaken += greatest(taken);
    const area = sumTaken + (to - taken) * greatest(taken);
    cells[cell] = {
      startNs: greatest(Math.ceil(to) - 1),
      endNs: greatest(Math.floor(from)),
      meanNs: (area - areaBelow) / (to - from),
    };
    areaBelow = area;
  }
  return {from: 'log', table: buildCells((cell) => cells[cell])};
}

/**
 * Cuts a distribution into the table that distribution.ts reads. Each cell keeps the mean of what it stands for, though
 * the true function is not linear within it, and stays within the true function's ends. What rounding to integers takes
 * from one cell is given to the next, so that the whole keeps its mean even where durations are a few ns long.
 */
function buildCells(cellOf: (cell: number) => Cell): number[] {
  const table: number[] = [];
  let owed = 0;
  for (let cell = 0; cell < segmentCount * cellCount; cell++) {
    const {startNs, endNs, meanNs} = cellOf(cell);
    const weight = cellWeight(cell);
    const low = Math.floor(startNs);
    const high = Math.max(low, Math.ceil(endNs));
    const wanted = 2 * meanNs + owed / weight;
    const sum = Math.max(2 * low, Math.min(2 * high, Math.round(wanted)));
    owed = (wanted - sum) * weight;
    if (sum <= low + high) table.push(low, sum - low);
    else table.push(sum - high, high);
  }
  return table;
}
