import {ApfError} from '../base/errors.js';
import {jsonText} from '../base/terminal-text.js';

/** What a JSON document is made of; a bigint is a number with all its digits. */
export type Json =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Json[]
  | {readonly [key: string]: Json | undefined};

/** Documents of apf are flatter; what a stranger put into a trace must not exhaust the stack. */
const depthMax = 64;

/**
 * A document, indented; lists and objects of plain values alone stay on one line. Safe for a terminal.
 * Throws badData NESTED_TOO_DEEP.
 */
export function writeJson(value: Json): string {
  return writeValue(value, 0);
}

function writeValue(value: Json, depth: number): string {
  if (typeof value === 'string') return jsonText(value);
  if (value === null || typeof value !== 'object') return String(value);
  if (depth > depthMax) {
    throw new ApfError('badData', 'NESTED_TOO_DEEP', `found data nested more than ${depthMax} deep, expected less`);
  }
  const isList = Array.isArray(value);
  const entries = Object.entries(value as Record<string, Json>).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return isList ? '[]' : '{}';
  const isFlat = entries.every(([, item]) => item === null || typeof item !== 'object');
  const lineBreak = `\n${'  '.repeat(depth)}`;
  const inner = isFlat ? '' : `${lineBreak}  `;
  const items = entries.map(([key, item]) => `${isList ? '' : `${jsonText(key)}: `}${writeValue(item, depth + 1)}`);
  const text = items.join(isFlat ? ', ' : `,${inner}`);
  const [open, close] = isList ? '[]' : '{}';
  return isFlat ? open + text + close : `${open}${inner}${text}${lineBreak}${close}`;
}
