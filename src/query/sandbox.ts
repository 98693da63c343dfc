import type {DuckDBConnection, DuckDBInstance} from '@duckdb/node-api';
import type {DuckDB} from './columns.js';

/**
 * A fresh database in memory that can reach no file, network or extension. One thread, so that the same query gives
 * the same rows in the same order.
 * @param memoryBytes what a query may take before it fails; values that are long strings or lists come on top
 */
export async function createDatabase(duckdb: DuckDB, memoryBytes: number): Promise<DuckDBInstance> {
  return duckdb.DuckDBInstance.create(':memory:', {
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
    allow_unsigned_extensions: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    max_expression_depth: '250',
    max_temp_directory_size: '0B',
    memory_limit: `${Math.max(1, Math.floor(memoryBytes / 2 ** 20))}MiB`,
    // Its default would tell the user's home folder to a query.
    secret_directory: '',
    temp_directory: '',
    threads: '1',
  });
}

/** Closes the doors that are left, for good: no later statement can open them or change a setting. */
export async function lockDatabase(connection: DuckDBConnection): Promise<void> {
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}
