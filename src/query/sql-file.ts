import {readFileSync} from 'node:fs';

/** A file of SQL that says in comments what it is. */
export interface SqlFile {
  readonly query: string;
  /** The comment at the top of the file, on one line. */
  readonly meaning: string;
  /** From the comments `-- column: text`, in the order of the file; those of `faults.*` from the file of faults. */
  readonly comments: ReadonlyMap<string, string>;
}

export function readSqlFile(folder: 'views' | 'macros', name: string): SqlFile {
  const query = readFileSync(new URL(`./${folder}/${name}.sql`, import.meta.url), 'utf8');
  const lines = query.split('\n');
  const head = lines.findIndex((line) => !line.startsWith('--'));
  const meaning = lines
    .slice(0, head)
    .map((line) => line.slice(2).trim())
    .join(' ');
  const comments = new Map<string, string>();
  for (const line of lines.slice(head)) {
    const own = /-- ([a-z0-9_]+): (.+)$/.exec(line);
    if (own !== null) comments.set(own[1], own[2]);
    const fromFaults = /faults\.\* EXCLUDE \((.+)\)/.exec(line);
    if (fromFaults === null) continue;
    const excluded = fromFaults[1].split(', ');
    for (const [column, text] of readSqlFile('views', 'faults').comments)
      if (!excluded.includes(column)) comments.set(column, text);
  }
  return {query, meaning, comments};
}
