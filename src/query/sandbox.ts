import {totalmem} from 'node:os';
import type {DuckDBConnection, DuckDBInstance} from '@duckdb/node-api';
import type {DuckDB} from './columns.js';

export interface DatabaseLimits {
  /** What a query may take before DuckDB fails it; values that are long strings or lists come on top. Unit: bytes. */
  readonly memoryBytes: number;
  /** For one's own work: SQL may reach files, the network and extensions, and change settings. */
  readonly isUnsafe?: boolean | undefined;
  /** Rows reach a plan as lists; default: if they are many. */
  readonly asLists?: boolean | undefined;
}

/** @param asked what is not said is as safe as can be, with half of the machine's memory */
export function limitsOf(
  asked: {readonly [K in keyof DatabaseLimits]?: DatabaseLimits[K] | undefined},
): DatabaseLimits {
  const {memoryBytes = totalmem() / 2, isUnsafe, asLists} = asked;
  return {memoryBytes, isUnsafe, asLists};
}

/** Their defaults would tell the user's home folder to a query. */
const noFolder = 'none';

const sandboxed = {
  allow_community_extensions: 'false',
  allow_persistent_secrets: 'false',
  allow_unsigned_extensions: 'false',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  extension_directory: noFolder,
  home_directory: noFolder,
  max_expression_depth: '250',
  max_temp_directory_size: '0B',
  secret_directory: noFolder,
};

/**
 * A fresh database in memory. Unless it is unsafe, it can reach no extension, and after `lockDatabase` no file and no
 * network. One thread, so that the same query gives the same rows in the same order.
 */
export async function createDatabase(duckdb: DuckDB, limits: DatabaseLimits): Promise<DuckDBInstance> {
  return duckdb.DuckDBInstance.create(':memory:', {
    ...(limits.isUnsafe === true ? {} : sandboxed),
    errors_as_json: 'true',
    memory_limit: `${Math.max(1, Math.floor(limits.memoryBytes / 2 ** 20))}MiB`,
    // DuckDB's own is a folder in the working folder.
    temp_directory: '',
    threads: '1',
  });
}

/** Closes the doors that are left, for good: no later statement can open them or change a setting. */
export async function lockDatabase(connection: DuckDBConnection): Promise<void> {
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}
