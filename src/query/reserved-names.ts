import type {SqlStatement, SqlToken} from './sql-text.js';

/** A statement as DuckDB gets it. */
export interface QuotedStatement {
  readonly text: string;
  /** Characters of `text` that are quotes which the user did not write, in order. */
  readonly inserted: readonly number[];
}

/** `between` is a word of SQL and a macro of ours: where a table function can stand, it gets the quotes it needs. */
export function quoteReserved({text, start, tokens}: SqlStatement): QuotedStatement {
  const names = tokens.filter((token, index) => isMacro(tokens[index - 1], token, tokens[index + 1]));
  const inserted: number[] = [];
  let quoted = '';
  let from = 0;
  for (const {start: at, text: name} of names) {
    const begin = at - start;
    quoted += text.slice(from, begin);
    inserted.push(quoted.length, quoted.length + 1 + name.length);
    quoted += `"${name.toLowerCase()}"`;
    from = begin + name.length;
  }
  return {text: quoted + text.slice(from), inserted};
}

function isMacro(before: SqlToken | undefined, {kind, text}: SqlToken, after: SqlToken | undefined): boolean {
  const stands = before?.text === ',' || (before?.kind === 'word' && /^(from|join)$/i.test(before.text));
  return kind === 'word' && /^between$/i.test(text) && stands && after?.text === '(';
}
