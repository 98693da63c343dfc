/* What a stranger's JSON holds, such as the scenario in a trace: any value may stand anywhere. */

/** The value of a key; undefined where there is none, or nothing that has keys. */
export function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

/** The text of a key; null where there is none. */
export function textOf(value: unknown, key: string): string | null {
  const found = fieldOf(value, key);
  return typeof found === 'string' ? found : null;
}

/**
 * Whether lists and maps stand in each other at most so deep: what works through a value that is nested deeper may run
 * out of stack.
 */
export function isNestedAtMost(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isNestedAtMost(inner, depth - 1));
}
