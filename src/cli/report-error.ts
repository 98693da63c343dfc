import {stripVTControlCharacters} from 'node:util';
import {Errors} from '@oclif/core';
import {closest, distance} from 'fastest-levenshtein';
import {ApfError} from '../base/errors.js';
import {terminalText} from '../base/terminal-text.js';
import {type Json, writeJson} from './json.js';
import {writeOut} from './output.js';

const exitOfBugs = 70;

interface ErrorReport {
  code: string;
  message: string;
  suggestions: readonly string[];
  exit: number;
  /** Only of a bug of ours. */
  stack: string | null;
}

/**
 * Tells the user of an error: on stderr, or under --json as the one document on stdout.
 * @returns the exit code
 */
export async function reportError(error: unknown, isJson: boolean): Promise<number> {
  if (error instanceof Errors.ExitError) return error.oclif.exit ?? 0;
  const report = describeError(error);
  const {message, suggestions, exit, stack} = report;
  if (isJson) {
    process.exitCode = exit;
    await writeOut(`${writeJson(documentOf(report))}\n`);
    if (stack === null) return exit;
  }
  process.stderr.write(`apf: ${messageLines(message).join('\n  ')}\n`);
  for (const suggestion of suggestions) process.stderr.write(`try: ${terminalText(suggestion)}\n`);
  if (stack !== null) process.stderr.write(`${stack.split('\n').map(terminalText).join('\n')}\n`);
  return exit;
}

/** What --json tells of an error. */
export function errorDocument(error: ApfError): Json {
  return documentOf(describeError(error));
}

function documentOf({code, message, suggestions, exit}: ErrorReport): Json {
  return {error: {code, message, suggestions, exit}};
}

/** What the user sees of an error where there is no command line to blame. */
export function errorLines(error: ApfError): string[] {
  return messageLines(error.message);
}

function messageLines(message: string): string[] {
  return message
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(terminalText);
}

function describeError(error: unknown): ErrorReport {
  if (error instanceof ApfError) {
    const {code, message, suggestions, exitCode} = error;
    return {code, message, suggestions, exit: exitCode, stack: null};
  }
  if (error instanceof Errors.CLIError) return describeUsage(error);
  const message = error instanceof Error ? error.message : String(error);
  const stack = (error instanceof Error ? error.stack : undefined) ?? message;
  return {code: 'BUG', message: `this is a bug of apf: ${message}`, suggestions: [], exit: exitOfBugs, stack};
}

/** What the parser of the command line says is always about the usage, whatever exit code it has in mind. */
function describeUsage(error: Errors.CLIError): ErrorReport {
  return {...unknownFlag(error, plainMessage(error.message)), exit: 2, stack: null};
}

/**
 * oclif's text without colours, frames, blank lines, and what it says of flags that take all the values after them,
 * which none of ours does; the flag that it could not parse comes first.
 */
function plainMessage(message: string): string {
  const text = stripVTControlCharacters(message);
  const isFrame =
    /^(See more help with --help|The following errors? occurred:|Parsing --\S+ ?|Note: --.*|Alternatively, .*|)$/;
  const flag = /Parsing (--[\w-]+)/.exec(text);
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => !isFrame.test(line));
  return `${flag === null ? '' : `${flag[1]}: `}${lines.join('\n')}`;
}

/** The parts of the parser's error that tell an unknown flag from other errors, and the flags that there are. */
interface ParserError {
  flags?: unknown;
  parse?: {input?: {flags?: Record<string, unknown>}};
}

function unknownFlag(error: object, message: string): Pick<ErrorReport, 'code' | 'message' | 'suggestions'> {
  const {flags, parse} = error as ParserError;
  const known = Object.keys(parse?.input?.flags ?? {}).map((name) => `--${name}`);
  if (!Array.isArray(flags) || flags.length === 0 || known.length === 0) {
    return {code: 'USAGE', message, suggestions: nearestOption(message)};
  }
  const found = String(flags[0]).split('=')[0];
  return {code: 'UNKNOWN_FLAG', message: `${found}: no such flag`, suggestions: nearFlag(found.slice(0, 100), known)};
}

/** One that is not even half the same helps nobody. */
function nearFlag(found: string, known: readonly string[]): string[] {
  const nearest = closest(found, known);
  const isNear = distance(found, nearest) <= (found.length - '--'.length) / 2;
  return isNear ? [nearest, '--help'] : ['--help'];
}

/** For a value that is none of those a flag takes. */
function nearestOption(message: string): string[] {
  const [, flag, found, options] = /^Expected (--[\w-]+)=(.*) to be one of: (.+)$/.exec(message) ?? [];
  return flag === undefined ? ['--help'] : [`${flag} ${closest(found.slice(0, 100), options.split(', '))}`];
}
