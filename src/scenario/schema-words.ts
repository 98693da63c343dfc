import {z} from 'zod';
import {readDuration} from '../base/durations.js';
import {nearest} from './problem.js';

/*
 * Every `error` in this file is a phrase that goes after "expected"; schema-issue.ts writes the rest of the message.
 */

export function integer(min: number, max: number, description: string) {
  const error = `an integer from ${min} to ${max}`;
  return z.int({error}).min(min, {error}).max(max, {error}).meta({description});
}

export function fraction(description: string) {
  const error = 'a number from 0 to 1';
  return z.number({error}).min(0, {error}).max(1, {error}).meta({description});
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T, description: string) {
  const words = `one of ${values.join(', ')}`;
  const error = ({input}: {input?: unknown}) =>
    typeof input === 'string' ? `${words}; the nearest is ${nearest(input, values)}` : words;
  return z.enum(values, {error}).meta({description});
}

export function text(lengthMax: number, description: string) {
  const error = `text of at most ${lengthMax} characters`;
  return z.string({error}).max(lengthMax, {error}).meta({description});
}

/** A duration; parsed to integer ns. */
export function duration(description: string, minNs = 0) {
  const error = 'a duration such as 250ns, 64us, 1.5ms or 2s';
  return z
    .string({error})
    .meta({description, pattern: '^[0-9]+(\\.[0-9]+)?(ns|us|ms|s)$', examples: ['250ns', '64us', '1.5ms', '2s']})
    .transform((input, context) => {
      const read = readDuration(input);
      if ('ns' in read && read.ns >= minNs) return read.ns;
      context.addIssue({code: 'custom', message: 'ns' in read ? `at least ${minNs}ns` : read.expected});
      return z.NEVER;
    });
}

/** A map whose unknown keys are errors; of these the text is the known keys, see schema-issue.ts. */
export function keys<T extends z.ZodRawShape>(shape: T, description: string) {
  const known = Object.keys(shape);
  return z
    .strictObject(shape, {
      error: ({code}) => (code === 'unrecognized_keys' ? known.join(' ') : `a map with keys of ${known.join(', ')}`),
    })
    .meta({description});
}

export function filePath(description: string) {
  return text(4096, `${description} Relative to the scenario's file.`).min(1, {error: 'the name of a file'});
}
