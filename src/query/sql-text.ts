/** A piece of SQL text that DuckDB's scanner would not take apart; white space and comments are between them. */
export interface SqlToken {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'symbol';
  readonly text: string;
  /** Character of the SQL that it begins at. */
  readonly start: number;
}

/** One statement of a text, without the semicolon after it. */
export interface SqlStatement {
  readonly text: string;
  /** Character of the whole text that it begins at. */
  readonly start: number;
  readonly tokens: readonly SqlToken[];
}

const space = /(?:\s|--[^\n\r]*)+/y;
const pieces: readonly [SqlToken['kind'], RegExp][] = [
  ['string', /[eE]'[^'\\]*(?:(?:''|\\[\s\S])[^'\\]*)*(?:'|$)/y],
  ['string', /[xXbB]?'[^']*(?:''[^']*)*(?:'|$)/y],
  ['quoted', /"[^"]*(?:""[^"]*)*(?:"|$)/y],
  ['string', /\$([A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$[\s\S]*?(?:\$\1\$|$)/y],
  ['word', /[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*/y],
  ['number', /\d[\w.]*/y],
  ['symbol', /[\s\S]/y],
];

/** The statements of an SQL text. A semicolon inside a string, a name or a comment ends none. */
export function splitStatements(sql: string): SqlStatement[] {
  const statements: SqlStatement[] = [];
  let tokens: SqlToken[] = [];
  const end = (at: number) => {
    if (tokens.length === 0) return;
    const start = tokens[0].start;
    statements.push({text: sql.slice(start, at).trimEnd(), start, tokens});
    tokens = [];
  };
  for (const token of tokensOf(sql)) {
    if (token.text === ';') end(token.start);
    else tokens.push(token);
  }
  end(sql.length);
  return statements;
}

/** Whether the text ends after a semicolon, so that a prompt need not wait for more. */
export function isTerminated(sql: string): boolean {
  return [...tokensOf(sql)].at(-1)?.text === ';';
}

export function* tokensOf(sql: string): Generator<SqlToken, void, void> {
  let at = 0;
  for (;;) {
    at = afterSpace(sql, at);
    if (at >= sql.length) return;
    for (const [kind, pattern] of pieces) {
      pattern.lastIndex = at;
      const text = pattern.exec(sql)?.[0];
      if (text === undefined) continue;
      yield {kind, text, start: at};
      at += text.length;
      break;
    }
  }
}

/** White space and comments; those with a star nest. */
function afterSpace(sql: string, start: number): number {
  let at = start;
  for (;;) {
    space.lastIndex = at;
    at += space.exec(sql)?.[0].length ?? 0;
    if (!sql.startsWith('/*', at)) return at;
    at = afterComment(sql, at);
  }
}

function afterComment(sql: string, start: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start;
  let depth = 0;
  for (let found = mark.exec(sql); found !== null; found = mark.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return sql.length;
}
