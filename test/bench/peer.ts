import {DuckDBInstance} from '@duckdb/node-api';

/* The peer of `apf query`: nothing but Node, DuckDB and the SQL. Prints the milliseconds that the query took, then its rows. */

const connection = await (await DuckDBInstance.create(':memory:', {threads: '1'})).connect();
const start = performance.now();
const result = await connection.runAndReadAll(process.argv[2]);
const rows = result.getRowsJson();
process.stdout.write(`${performance.now() - start}\n${JSON.stringify(rows)}\n`);
