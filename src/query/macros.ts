import {kindNames} from '../protocol/kinds.js';
import type {Definition} from './catalog.js';
import {readSqlFile, type SqlFile} from './sql-file.js';

/** The macros, each in the file of its name; one may use those before it. Their files begin with how they are called. */
export const macroTable = [
  {name: 'kind_named', example: null, isTable: false, isPublic: false},
  {name: 'bond', example: null, isTable: false, isPublic: false},
  {name: 'followed_by', example: "followed_by('fault', 'retire')", isTable: true, isPublic: true},
  {name: 'never_followed_by', example: "never_followed_by('fault', 'retire')", isTable: true, isPublic: true},
  {name: 'between', example: `"between"('fault', 'retire')`, isTable: true, isPublic: true},
  {name: 'power', example: null, isTable: false, isPublic: false},
  {name: 'right_of', example: null, isTable: false, isPublic: false},
  {name: 'hist_line', example: null, isTable: false, isPublic: false},
  {name: 'hist', example: null, isTable: false, isPublic: true},
] as const;

export type MacroName = (typeof macroTable)[number]['name'];

/** A macro's file: what it expands to, and what its comments say. */
export interface MacroFile extends SqlFile {
  /** As in a CREATE MACRO, without the parentheses. */
  readonly parameters: string;
}

export function readMacroFile(name: MacroName): MacroFile {
  const file = readSqlFile('macros', name);
  const call = /^(\w+)\((.*?)\): /.exec(file.meaning);
  if (call === null || call[1] !== name) throw new Error(`macros/${name}.sql: expected a comment ${name}(…): …`);
  return {...file, parameters: call[2]};
}

/**
 * Every macro, after the views. As with views, `all_traces` holds those with the column `trace`, which the ones that a
 * query finds leave out when there is but one trace.
 */
export function macroDefinitions(severalTraces: boolean): Definition[] {
  const kinds = kindNames.map((kind) => `'${kind}'`).join(', ');
  return [
    {name: 'event_kind', statements: () => [`CREATE TYPE all_traces.event_kind AS ENUM (${kinds})`]},
    ...macroTable.map((macro) => ({name: macro.name, statements: () => statementsOf(macro, severalTraces)})),
  ];
}

function statementsOf({name, isTable, isPublic}: (typeof macroTable)[number], severalTraces: boolean): string[] {
  const {query, parameters} = readMacroFile(name);
  if (!isTable) return [`CREATE MACRO ${isPublic ? 'main' : 'all_traces'}."${name}"(${parameters}) AS ${query}`];
  const columns = severalTraces ? '*' : '* EXCLUDE (trace)';
  const call = parameters.replaceAll(/(\w+) := [^,]+/g, '$1 := $1');
  return [
    `CREATE MACRO all_traces."${name}"(${parameters}) AS TABLE ${query}`,
    `CREATE MACRO main."${name}"(${parameters}) AS TABLE SELECT ${columns} FROM all_traces."${name}"(${call})`,
  ];
}
