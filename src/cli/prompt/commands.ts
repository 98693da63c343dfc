import {closest} from 'fastest-levenshtein';
import {ApfError} from '../../base/errors.js';
import {alignLeft} from '../columns.js';

/** What a backslash command can do. Lines are printed as they are. */
export interface PromptActions {
  quit(): string[];
  /** The view of that name, or all. Throws usage VIEW_UNKNOWN. */
  describe(view: string): string[];
  /** Changes a setting, or without a value tells it. Throws usage. */
  set(setting: 'format' | 'rows' | 'timing' | 'output', value: string): string[];
  /** As `set`; without a name it tells all. Throws usage SQL_PARAMETER. */
  parameter(name: string, value: string): string[];
  unsetParameter(name: string): string[];
  /** Runs the SQL of a file. */
  include(path: string): Promise<string[]>;
  explain(sql: string): Promise<string[]>;
  /** The statement that has begun: runs it as if a semicolon were there, shows it, or forgets it. */
  go(): Promise<string[]>;
  buffer(): string[];
  reset(): string[];
}

interface PromptCommand {
  /** The first is the one that help shows. */
  readonly names: readonly string[];
  /** In brackets where it can be left out. */
  readonly argument: string;
  readonly meaning: string;
  run(actions: PromptActions, argument: string): string[] | Promise<string[]>;
}

/** Those of psql, and what one would try from other shells. */
export const promptCommands: readonly PromptCommand[] = [
  {names: ['\\?', '\\h', '\\help'], argument: '', meaning: 'this list', run: () => helpLines()},
  {
    names: ['\\q', '\\quit', '\\exit'],
    argument: '',
    meaning: 'quit, as Ctrl-D does',
    run: (actions) => actions.quit(),
  },
  {
    names: ['\\d', '\\dv', '\\dt', '\\df', '\\l', '\\views', '\\tables', '\\schema'],
    argument: '[VIEW]',
    meaning: 'list the views and macros, or the columns of one',
    run: (actions, view) => actions.describe(view),
  },
  {
    names: ['\\format', '\\f', '\\mode'],
    argument: '[FORMAT]',
    meaning: 'table, csv, tsv, json, ndjson, markdown; arrow and parquet with \\o',
    run: (actions, format) => actions.set('format', format),
  },
  {
    names: ['\\rows'],
    argument: '[N]',
    meaning: 'rows of a result to show',
    run: (actions, rows) => actions.set('rows', rows),
  },
  {
    names: ['\\timing'],
    argument: '[on|off]',
    meaning: 'say how long a query took',
    run: (actions, value) => actions.set('timing', value),
  },
  {
    names: ['\\o', '\\output'],
    argument: '[NAME]',
    meaning: 'write the results that follow to a file, in the format of its name; without one, here again',
    run: (actions, name) => actions.set('output', name),
  },
  {
    names: ['\\i', '\\include', '\\read'],
    argument: 'FILE',
    meaning: 'run the SQL of a file',
    run: (actions, path) => actions.include(path),
  },
  {
    names: ['\\explain'],
    argument: 'SQL',
    meaning: 'show the plan of a query',
    run: (actions, sql) => actions.explain(sql),
  },
  {
    names: ['\\set'],
    argument: '[NAME [VALUE]]',
    meaning: 'give the parameter $NAME a value, as -p does, or show those that there are',
    run: (actions, text) => {
      const [, name = '', value = ''] = /^(\S+)\s*([\s\S]*)$/.exec(text) ?? [];
      return actions.parameter(name, value);
    },
  },
  {
    names: ['\\unset'],
    argument: 'NAME',
    meaning: 'forget the parameter',
    run: (actions, name) => actions.unsetParameter(name),
  },
  {
    names: ['\\g', '\\go'],
    argument: '',
    meaning: 'run the statement that has begun, as a semicolon does',
    run: (actions) => actions.go(),
  },
  {
    names: ['\\p', '\\print'],
    argument: '',
    meaning: 'show the statement that has begun',
    run: (actions) => actions.buffer(),
  },
  {names: ['\\r', '\\reset'], argument: '', meaning: 'forget it, as Ctrl-C does', run: (actions) => actions.reset()},
];

export const commandNames: readonly string[] = promptCommands.flatMap(({names}) => names);

/**
 * Does what a line with a backslash says.
 * @returns the lines to print
 * @throws ApfError usage COMMAND_UNKNOWN, ARGUMENT_MISSING, and what the action throws
 */
export async function runCommand(line: string, actions: PromptActions): Promise<string[]> {
  const [, name, argument] = /^(\S+)\s*([\s\S]*?)[\s;]*$/.exec(line) as RegExpExecArray;
  const command = promptCommands.find(({names}) => names.includes(name));
  if (command !== undefined) {
    if (argument === '' && /^\w/.test(command.argument)) {
      throw new ApfError('usage', 'ARGUMENT_MISSING', `${name}: found nothing after it, expected ${command.argument}`);
    }
    return command.run(actions, argument);
  }
  const nearest = closest(name.slice(0, 100), [...commandNames]);
  throw new ApfError('usage', 'COMMAND_UNKNOWN', `${name}: no such command; the nearest is ${nearest}`, ['\\?']);
}

/** What other shells call by other names: the backslash command for it; null for what is SQL. */
export function asCommand(line: string): string | null {
  const [, word, rest] = /^\s*\.?(\w+)\s*;?\s*(.*)$/.exec(line) ?? [];
  if (/^\s*(quit|exit|help)\s*;?\s*$/i.test(line)) return `\\${word.toLowerCase()}`;
  return /^\s*\.\w/.test(line) ? `\\${word} ${rest}` : null;
}

function helpLines(): string[] {
  const rows = promptCommands.map(({names, argument, meaning}) => [`  ${names[0]} ${argument}`.trimEnd(), meaning]);
  return [
    'A statement ends with a semicolon. Tab completes, the arrows go through what was typed, Ctrl-C stops a query.',
    ...alignLeft(rows),
  ];
}
