import {DuckDBInstance} from '@duckdb/node-api';

/*
 * The peer of `apf query`: nothing but Node, DuckDB and the SQL, as often as asked. Prints the milliseconds that each query
 * took, on a line, then its rows.
 */

const [sql, times = '1'] = process.argv.slice(2);
const connection = await (await DuckDBInstance.create(':memory:', {threads: '1'})).connect();
const ms: number[] = [];
let rows: unknown;
for (let run = 0; run < Number(times); run++) {
  const start = performance.now();
  rows = (await connection.runAndReadAll(sql)).getRowsJson();
  ms.push(performance.now() - start);
}
process.stdout.write(`${ms.join(' ')}\n${JSON.stringify(rows)}\n`);
