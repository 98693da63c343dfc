import {kindNames} from '../../protocol/kinds.js';
import {reasonNames} from '../../protocol/reasons.js';
import type {ViewSchema} from '../../query/schema.js';

/** What can stand in a query. */
export interface Words {
  readonly views: readonly ViewSchema[];
  /** Backslash commands, with what may follow each. */
  readonly commands: ReadonlyMap<string, readonly string[]>;
}

const keywords =
  'SELECT FROM WHERE GROUP BY ORDER BY LIMIT HAVING QUALIFY JOIN LEFT USING ON AS WITH AND OR NOT NULL IS IN LIKE BETWEEN CASE WHEN THEN ELSE END DISTINCT FILTER OVER PARTITION count sum min max avg quantile_disc DESCRIBE SUMMARIZE EXPLAIN ALL DESC'.split(
    ' ',
  );

/**
 * What readline asks for: the words that the line's last one may become, and that one.
 * @param before the lines of the statement before this one
 */
export function complete(before: string, line: string, words: Words): [string[], string] {
  const command = /^(\\\w*)(?: +(\S*))?$/.exec(line);
  if (command !== null) return completeCommand(command[1], command[2], words);
  const sql = `${before}\n${line}`;
  const last = /[\w.]*$/.exec(line)?.[0] ?? '';
  if (isInText(sql)) return pick([...kindNames, ...reasonNames], last);
  const [, owner, member] = /^(\w+)\.(\w*)$/.exec(last) ?? [];
  if (owner !== undefined) return pick(columnsOf(sql, words), member);
  const preceding = sql.slice(0, sql.length - last.length).trimEnd();
  if (/\b(from|join)$/i.test(preceding)) return pick(tableNames(words), last);
  if (last === '') return [[], last];
  return pick([...columnsOf(sql, words), ...words.views.map(({view}) => view), ...keywords], last);
}

function completeCommand(command: string, argument: string | undefined, words: Words): [string[], string] {
  if (argument === undefined) return pick([...words.commands.keys()], command);
  return pick(words.commands.get(command) ?? [], argument);
}

/** An uneven number of quotes before the end. */
function isInText(sql: string): boolean {
  return (sql.match(/'/g) ?? []).length % 2 === 1;
}

/** Macros that are tables have columns. */
function tableNames({views}: Words): string[] {
  return views.filter(({columns}) => columns.length > 0).map(({view}) => view);
}

/** Of the views that the statement names; of all when it names none yet. */
function columnsOf(sql: string, {views}: Words): string[] {
  const named = views.filter(({view}) => new RegExp(`\\b${view}\\b`, 'i').test(sql));
  return (named.length > 0 ? named : views).flatMap(({columns}) => columns.map(({name}) => name));
}

function pick(candidates: readonly string[], start: string): [string[], string] {
  const lower = start.toLowerCase();
  const fitting = candidates.filter((word) => word.toLowerCase().startsWith(lower));
  return [[...new Set(fitting)].sort(), start];
}
