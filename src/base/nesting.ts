/**
 * Whether lists and maps of a JSON value stand in each other at most so deep: what works through a value that is nested
 * deeper may run out of stack.
 */
export function isNestedAtMost(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isNestedAtMost(inner, depth - 1));
}
