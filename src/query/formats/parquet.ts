import fs from 'node:fs';
import {join} from 'node:path';
import {ApfError} from '../../base/errors.js';
import type {ChunkFormatter, Piece} from '../format.js';
import {quoted} from '../quoted.js';
import type {QueryColumn} from '../result.js';

/** Bytes of the file that are read at once. */
const pieceBytes = 2 ** 20;

/**
 * A Parquet file, which a DuckDB of its own writes to a temporary folder: the one that runs the query reaches no file.
 * Integers of 128 bits are decimals, which Parquet has.
 * @param folder of the caller's, who removes it
 */
export async function parquetFormatter(columns: readonly QueryColumn[], folder: string): Promise<ChunkFormatter> {
  const duckdb = await import('@duckdb/node-api');
  const instance = await duckdb.DuckDBInstance.create(':memory:', {temp_directory: folder, threads: '1'});
  const connection = await instance.connect();
  const names = columns.map(({name}) => `"${name.replaceAll('"', '""')}"`);
  const types = columns.map(({type}) => (String(type) === '"NULL"' ? 'INTEGER' : String(type)));
  await connection.run(`CREATE TABLE result (${names.map((name, index) => `${name} ${types[index]}`).join(', ')})`);
  const appender = await connection.createAppender('result');
  let shown = 0;
  return {
    chunk: (chunk, count) => {
      appender.appendDataChunk(chunk.data);
      shown += count;
    },
    end: async function* (): AsyncGenerator<Piece, void, void> {
      appender.closeSync();
      const file = join(folder, 'result.parquet');
      const values = names.map((name, index) =>
        types[index] === 'HUGEINT' ? `${name}::DECIMAL(38, 0) AS ${name}` : name,
      );
      try {
        await connection.run(
          `COPY (SELECT ${values.join(', ')} FROM result LIMIT ${shown}) TO ${quoted(file)} (FORMAT parquet)`,
        );
      } catch (error) {
        throw new ApfError('io', 'PARQUET_WRITE', `the Parquet file could not be made: ${String(error)}`);
      } finally {
        connection.disconnectSync();
        instance.closeSync();
      }
      yield* fs.createReadStream(file, {highWaterMark: pieceBytes});
    },
  };
}
