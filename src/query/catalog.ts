import type {DuckDBConnection} from '@duckdb/node-api';

/** Something that SQL can name. */
export interface Definition {
  readonly name: string;
  /** The SQL that creates it, in order; the names in it are created before. Read when it is needed. */
  readonly statements: () => readonly string[];
  /** Fills what the statements created. */
  readonly fill?: (connection: DuckDBConnection) => Promise<void>;
}

/** What lists what there is, and so needs all of it. */
const listing = /\bshow\b|information_schema|duckdb_|pragma_|sqlite_|pg_/i;

/**
 * The views, macros and tables of a database, each created when SQL first names it: to create all of them takes longer
 * than most queries do.
 */
export class Catalog {
  private readonly created = new Set<string>();
  private readonly byName: ReadonlyMap<string, Definition>;

  /** @param definitions in the order of their creation: one may use those before it */
  constructor(
    private readonly connection: DuckDBConnection,
    private readonly definitions: readonly Definition[],
  ) {
    this.byName = new Map(definitions.map((definition) => [definition.name, definition]));
  }

  /** The names, in the order of creation. */
  get names(): readonly string[] {
    return this.definitions.map(({name}) => name);
  }

  /** Creates what the SQL may name: every word of it counts, be it in a string or a comment. */
  async createFor(sql: string): Promise<void> {
    const needed = new Set(listing.test(sql) ? this.names : []);
    this.need(sql, needed);
    await this.create(needed);
  }

  /** Creates all; says whether anything was missing. */
  async createAll(): Promise<boolean> {
    const before = this.created.size;
    await this.create(new Set(this.names));
    return this.created.size > before;
  }

  private need(sql: string, needed: Set<string>): void {
    for (const [word] of sql.matchAll(/\w+/g)) {
      const definition = this.byName.get(word.toLowerCase());
      if (definition === undefined || needed.has(definition.name)) continue;
      needed.add(definition.name);
      // Its comments tell of much that it does not use.
      for (const statement of definition.statements()) this.need(statement.replaceAll(/--.*/g, ''), needed);
    }
  }

  private async create(needed: ReadonlySet<string>): Promise<void> {
    for (const {name, statements, fill} of this.definitions) {
      if (!needed.has(name) || this.created.has(name)) continue;
      for (const statement of statements()) await this.connection.run(statement);
      await fill?.(this.connection);
      this.created.add(name);
    }
  }
}
