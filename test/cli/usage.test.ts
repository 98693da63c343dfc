import fs from 'node:fs';
import {describe, expect, test} from 'vitest';
import {ApfFolder, short} from './run-apf.js';

const folder = new ApfFolder();

/** What is wrong with the command line or its files: the exit code, the error's code, and what stderr has to name. */
const mistakes: {argv: string[]; exit: number; code: string; names: string}[] = [
  {argv: ['recrd'], exit: 2, code: 'UNKNOWN_COMMAND', names: 'apf record'},
  {argv: ['scenarios', 'shw'], exit: 2, code: 'UNKNOWN_COMMAND', names: 'apf scenarios show'},
  {argv: ['record', '--seeed', '7'], exit: 2, code: 'UNKNOWN_FLAG', names: '--seed'},
  {argv: ['info', '--format', 'x'], exit: 2, code: 'UNKNOWN_FLAG', names: 'no such flag\ntry: --help\n'},
  {argv: ['query', '--nosuch'], exit: 2, code: 'UNKNOWN_FLAG', names: 'no such flag\ntry: --help\n'},
  {argv: ['info', 'a', 'b'], exit: 2, code: 'USAGE', names: 'argument: b\ntry: --help\n'},
  {argv: ['scenarios', 'compare'], exit: 2, code: 'USAGE', names: '.json\ntry: --help\n'},
  {argv: ['record', '--seed', 'seven'], exit: 2, code: 'USAGE', names: 'seven'},
  {argv: ['record', '--seed=-1'], exit: 2, code: 'USAGE', names: '-1'},
  {argv: ['record', '--accesses', 'some'], exit: 2, code: 'USAGE', names: 'faults, all'},
  {argv: ['record', '--compression', 'zst'], exit: 2, code: 'USAGE', names: 'none, zstd'},
  {argv: ['record', '--no-trace', '-o', 'x.arrow'], exit: 2, code: 'USAGE', names: '--no-trace'},
  {argv: ['record', '-o', '-'], exit: 2, code: 'OUTPUT_STDOUT', names: 'the name of a file'},
  {argv: ['record', 'overcomit'], exit: 2, code: 'SCENARIO_UNKNOWN', names: 'overcommit'},
  {argv: ['record', '--set', 'tokns=3'], exit: 2, code: 'SET_INVALID', names: 'tokens'},
  {argv: ['record', './missing.yaml'], exit: 66, code: 'INPUT_MISSING', names: 'missing.yaml'},
  {argv: ['scenarios', 'show', 'postcopi'], exit: 2, code: 'SCENARIO_UNKNOWN', names: 'postcopy'},
  {argv: ['scenarios', 'show'], exit: 2, code: 'USAGE', names: 'name'},
  {argv: ['replay', 'missing.arrow'], exit: 66, code: 'TRACE_MISSING', names: 'missing.arrow'},
  {argv: ['replay', 'a.arrow', '-t', 'b.arrow'], exit: 2, code: 'TRACE_TWICE', names: 'b.arrow'},
  {argv: ['replay', 'foreign.arrow'], exit: 65, code: 'TRACE_FOREIGN', names: 'foreign.arrow'},
  {argv: ['info', 'foreign.arrow'], exit: 65, code: 'TRACE_FOREIGN', names: 'foreign.arrow'},
  {argv: ['diff', 'missing.arrow', 'foreign.arrow'], exit: 66, code: 'TRACE_MISSING', names: 'missing.arrow'},
  {argv: ['query', '-t', 'missing.arrow', 'FROM events'], exit: 66, code: 'TRACE_MISSING', names: 'missing.arrow'},
  {argv: ['query', '--format', 'jsn', 'FROM events'], exit: 2, code: 'USAGE', names: 'try: --format json'},
  {argv: ['dump', '--kind', 'deliveries'], exit: 2, code: 'USAGE', names: 'try: --kind delivery'},
  {argv: ['query'], exit: 2, code: 'SQL_MISSING', names: 'apf query --schema'},
];

describe('mistakes', () => {
  fs.writeFileSync(folder.file('foreign.arrow'), 'not an Arrow file at all');

  test.for(mistakes)('apf $argv exits $exit', ({argv, exit, names}) => {
    const ran = folder.run(...argv);
    expect(ran).toMatchObject({status: exit, stdout: ''});
    expect(ran.stderr).toContain(names);
    expect(ran.stderr).not.toMatch(/ {4}at /);
    expect(ran.stderr.split('\n').length).toBeLessThan(8);
  });

  test.for(mistakes)('apf $argv --json is one document with code $code', ({argv, exit, code}) => {
    const ran = folder.run(...argv, '--json');
    expect(ran.status).toBe(exit);
    const document = JSON.parse(ran.stdout);
    expect(Object.keys(document)).toEqual(['error']);
    expect(Object.keys(document.error)).toEqual(['code', 'message', 'suggestions', 'exit']);
    expect(document.error).toMatchObject({code, exit});
  });

  test('nor can the name of a trace', () => {
    const ran = folder.run('record', ...short, '-o', 'a\u001b[31m.arrow');
    expect(ran.status).toBe(0);
    expect(ran.stdout).toContain('a\\u001b[31m.arrow: ');
  });

  test('what comes from a file cannot steer the terminal', () => {
    fs.writeFileSync(folder.file('hostile.yaml'), '"\\e[31mred\\u202e": 1\n');
    const ran = folder.run('record', './hostile.yaml');
    expect(ran.status).toBe(65);
    expect(ran.stderr).not.toMatch(/[^\P{Control}\n]|\p{Bidi_Control}/u);
  });
});

describe('help', () => {
  test.for(['record', 'replay', 'diff', 'query', 'info', 'scenarios', 'scenarios show', 'scenarios schema'])(
    'apf %s --help begins with examples',
    (command) => {
      const ran = folder.run(...command.split(' '), '-h');
      expect(ran).toMatchObject({status: 0, stderr: ''});
      expect(ran.stdout.indexOf('EXAMPLES')).toBeGreaterThan(0);
      expect(ran.stdout.indexOf('EXAMPLES')).toBeLessThan(ran.stdout.indexOf('USAGE'));
      expect(ran.stdout).toContain(`$ apf ${command}`);
    },
  );

  test('apf alone, apf help and apf --help say the exit codes', () => {
    for (const argv of [[], ['help'], ['--help']]) {
      const ran = folder.run(...argv);
      expect(ran).toMatchObject({status: 0, stderr: ''});
      for (const code of [1, 2, 65, 66, 70, 74, 75, 130]) expect(ran.stdout).toMatch(new RegExp(`^ +${code} `, 'm'));
    }
  });

  test('apf help record is the help of record', () => {
    expect(folder.run('help', 'record').stdout).toBe(folder.run('record', '--help').stdout);
  });
});

test('apf scenarios lists what show prints and record takes', () => {
  const own = new ApfFolder();
  const builtins = own.json<{name: string; description: string}[]>('scenarios');
  expect(builtins.map(({name}) => name)).toContain('overcommit');
  for (const {name, description} of builtins) expect(own.run('scenarios', 'show', name).stdout).toContain(description);
  fs.writeFileSync(own.file('mine.yaml'), own.run('scenarios', 'show', 'token-starvation').stdout);
  const [, ...set] = short;
  const {digest: _a, ...copied} = own.json('record', './mine.yaml', ...set);
  const {digest: _b, ...builtin} = own.json('record', ...short);
  expect(copied).toEqual(builtin);
});

test('apf scenarios schema is a JSON Schema, with and without --json', () => {
  const plain = JSON.parse(folder.run('scenarios', 'schema').stdout);
  expect(plain).toHaveProperty('properties.tokens');
  expect(folder.json('scenarios', 'schema')).toEqual(plain);
});
