/** Stops the program when apf itself is wrong; always on. Bad input is an ApfError, never an assertion. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`apf is wrong here: ${message}`);
}
