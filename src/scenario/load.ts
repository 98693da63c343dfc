import {open} from 'node:fs/promises';
import {basename, dirname, resolve} from 'node:path';
import {type Document, parseDocument, visit} from 'yaml';
import {ApfError} from '../base/errors.js';
import type {ProtocolName} from '../protocol/protocols.js';
import {builtinFolder, builtinText, listBuiltins} from './builtin.js';
import {hashFile, inputError} from './byte-source.js';
import {checkParsed} from './checks.js';
import {empirical} from './distribution-build.js';
import {readFioLatencies} from './fio.js';
import {bounds} from './limits.js';
import {applyOverrides, isFrom, type Override, parseOverride} from './overrides.js';
import {nearest, ScenarioProblem, writePath} from './problem.js';
import {resolveScenario, type ScenarioFiles} from './resolve.js';
import type {Distribution, ResolvedScenario} from './resolved.js';
import {type ParsedScenario, parseScenario} from './schema.js';
import {underProtocol} from './under-protocol.js';

export interface LoadOptions {
  /** `key=value`, as --set takes them; later ones win. */
  overrides?: readonly string[];
  /** Takes the place of the scenario's, and of an override's. 0 to 2^53 - 1. */
  seed?: number;
  /** Takes the place of the scenario's: what it says to other protocols alone is left out. */
  protocol?: ProtocolName;
}

export interface LoadedScenario {
  scenario: ResolvedScenario;
  /** The real path of the trace of each group of tasks that has one, by the group's index in guest.tasks. */
  files: ReadonlyMap<number, string>;
  /** The keys left out because the protocol that was asked for does not read them, such as options.sleep.until. */
  leftOut: readonly string[];
}

/** The text of a scenario, and how to speak of it. */
interface Source {
  text: string;
  /** For messages: the file as it was named, or `scenario NAME`. */
  label: string;
  defaultName: string;
  /** What paths in it are relative to. */
  folder: string;
}

/** Maps of aliases that a YAML file may unfold to: a scenario needs few, and a bomb many. */
const aliasesMax = 100;

/**
 * Loads a scenario: reads, overrides, checks and completes it, with the latency logs it names, and the digests of its traces.
 * @param nameOrFile a file when it has a slash or ends in .yaml, .yml or .json, else the name of a built-in scenario
 * @throws ApfError SCENARIO_UNKNOWN or SET_INVALID (usage: no such name, or an override that is wrong), INPUT_MISSING,
 *   SCENARIO_SYNTAX or SCENARIO_INVALID (badData), and what readFioLatencies and hashFile throw
 */
export async function loadScenario(nameOrFile: string, options: LoadOptions = {}): Promise<LoadedScenario> {
  const overrides = (options.overrides ?? []).map(parseOverride);
  if (options.seed !== undefined)
    overrides.push({label: `--seed ${options.seed}`, path: ['seed'], value: options.seed});
  const source = isFile(nameOrFile) ? await readSource(nameOrFile) : builtinSource(nameOrFile);
  const value = parseText(source);
  try {
    const {own, leftOut} = underProtocol(applyOverrides(value, overrides), options.protocol ?? null);
    return {...(await complete(own, source)), leftOut};
  } catch (error) {
    if (!(error instanceof ScenarioProblem)) throw error;
    const ownToo = overrides.length > 0 && (await isProblemOf(error, value, source));
    throw wordProblem(error, source, ownToo ? [] : overrides);
  }
}

/** Checks and completes the value of a scenario file. @throws ScenarioProblem, and what reading the files it names throws */
async function complete(value: unknown, source: Source): Promise<Omit<LoadedScenario, 'leftOut'>> {
  const parsed = parseScenario(value);
  checkParsed(parsed);
  const paths = tracePaths(parsed, source.folder);
  const files = await readFiles(parsed, paths, source.folder);
  const scenario = resolveScenario(parsed, files, source.defaultName);
  checkText(scenario);
  return {scenario, files: paths};
}

/** Whether a value has the very problem, and so no override is to blame. */
async function isProblemOf(problem: ScenarioProblem, value: unknown, source: Source): Promise<boolean> {
  try {
    await complete(value, source);
  } catch (own) {
    return (
      own instanceof ScenarioProblem &&
      own.message === problem.message &&
      writePath(own.path) === writePath(problem.path)
    );
  }
  return false;
}

function isFile(nameOrFile: string): boolean {
  return /[/\\]|\.(ya?ml|json)$/i.test(nameOrFile);
}

function builtinSource(name: string): Source {
  const text = builtinText(name);
  if (text !== null) return {text, label: `scenario ${name}`, defaultName: name, folder: builtinFolder()};
  const names = listBuiltins().map((entry) => entry.name);
  const message = `${name}: no scenario of that name; the nearest is ${nearest(name, names)}; a file has a slash or ends in .yaml, .yml or .json`;
  throw new ApfError('usage', 'SCENARIO_UNKNOWN', message, ['apf scenarios']);
}

async function readSource(path: string): Promise<Source> {
  const text = await readText(path);
  const defaultName = basename(path).replace(/\.[^.]*$/, '');
  return {text, label: path, defaultName, folder: dirname(resolve(path))};
}

async function readText(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const {bytesRead, buffer} = await file.read(Buffer.alloc(bounds.scenarioBytesMax + 1));
      if (bytesRead > bounds.scenarioBytesMax) {
        const expected = `expected a scenario of at most ${bounds.scenarioBytesMax} bytes`;
        throw new ApfError('badData', 'SCENARIO_INVALID', `${path}: found more, ${expected}`);
      }
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw inputError(path, error);
  }
}

/** YAML 1.2's core schema, whose every JSON document is one: no tags that make objects, `on` and `no` are words. */
function parseText({text, label}: Source): unknown {
  const document = parseDocument(text, {
    schema: 'core',
    version: '1.2',
    uniqueKeys: true,
    stringKeys: true,
    prettyErrors: true,
    logLevel: 'error',
  });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) {
    const {line, col} = problem.linePos?.[0] ?? {line: 1, col: 1};
    const what = problem.message.split(/ at line \d|\n/)[0];
    throw new ApfError('badData', 'SCENARIO_SYNTAX', `${label}:${line}:${col}: ${what}, expected YAML 1.2 or JSON`);
  }
  if (holdsItself(document))
    throw new ApfError('badData', 'SCENARIO_SYNTAX', `${label}: found an alias within its own anchor, expected none`);
  try {
    return document.toJS({maxAliasCount: aliasesMax});
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new ApfError(
      'badData',
      'SCENARIO_SYNTAX',
      `${label}: ${error.message}, expected at most ${aliasesMax} aliases`,
    );
  }
}

function holdsItself(document: Document.Parsed): boolean {
  let found = false;
  visit(document, {
    Alias(_, alias, path) {
      const target = alias.resolve(document);
      if (target === undefined || !path.includes(target)) return undefined;
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

function tracePaths({guest}: ParsedScenario, folder: string): Map<number, string> {
  const paths = new Map<number, string>();
  guest.tasks.forEach(({accesses}, i) => {
    if ('trace' in accesses) paths.set(i, resolve(folder, accesses.trace));
  });
  return paths;
}

async function readFiles(
  parsed: ParsedScenario,
  paths: ReadonlyMap<number, string>,
  folder: string,
): Promise<ScenarioFiles> {
  const {latency} = parsed.host.io;
  const log = typeof latency === 'object' && 'log' in latency ? latency.log : null;
  const latencyLog = typeof log === 'string' ? await readLatencyLog(resolve(folder, log)) : null;
  const digests = new Map<string, string>();
  const traces = new Map<number, {file: string; sha256: string}>();
  for (const [group, path] of paths) {
    const sha256 = digests.get(path) ?? (await hashFile(path));
    digests.set(path, sha256);
    traces.set(group, {file: basename(path), sha256});
  }
  return {latencyLog, traces};
}

/** The whole scenario stands in the trace's metadata, which readers bound. */
function checkText(scenario: ResolvedScenario): void {
  const {length} = JSON.stringify(scenario);
  if (length <= bounds.resolvedTextMax) return;
  const message = `the tables of its distributions make it ${length} characters, expected at most ${bounds.resolvedTextMax}`;
  throw new ScenarioProblem(['guest', 'tasks'], message);
}

/** The distribution of a log, with the log's name and digest: the table is what replays, the name tells where it is from. */
async function readLatencyLog(path: string): Promise<Distribution> {
  const samples = await readFioLatencies(path);
  return {...empirical(samples), log: {file: basename(path), sha256: await hashFile(path)}};
}

/**
 * Blames an override: the last that set the value or part of it, else the last of all, for one key may make another wrong.
 * @param overrides those that may be to blame; none: the file is
 */
function wordProblem(problem: ScenarioProblem, {label}: Source, overrides: readonly Override[]): ApfError {
  const text = `${writePath(problem.path)}: ${problem.message}`;
  const override = overrides.findLast((candidate) => isFrom(candidate, problem.path)) ?? overrides.at(-1);
  if (override === undefined) return new ApfError('badData', 'SCENARIO_INVALID', `${label}: ${text}`);
  return new ApfError('usage', 'SET_INVALID', `${override.label}: ${text}`);
}
