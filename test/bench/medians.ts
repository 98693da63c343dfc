/** Each figure is the median of so many measurements. */
export const runs = 7;

/** Milliseconds of each of several acts, medians over `runs` rounds in which they take turns. */
export async function medians(acts: Record<string, () => unknown>): Promise<Record<string, number>> {
  const times = new Map(Object.keys(acts).map((name): [string, number[]] => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const [name, act] of Object.entries(acts)) {
      const start = performance.now();
      await act();
      times.get(name)?.push(performance.now() - start);
    }
  }
  return Object.fromEntries([...times].map(([name, list]) => [name, median(list)]));
}

export function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[list.length >> 1];
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A figure, beside its peer of the same run. */
export function printRatio(ms: Record<string, number>, name: string, peer: string, digits = 0): void {
  const time = `${ms[name].toFixed(digits)} ms`.padStart(12);
  print(`${name.padEnd(34)}${time}   ${(ms[name] / ms[peer]).toFixed(2)} × ${peer}`);
}
