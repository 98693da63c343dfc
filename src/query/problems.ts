import type {DuckDBConnection} from '@duckdb/node-api';
import type {TraceProblem} from '../trace/decode/scan-batches.js';
import type {TraceReader} from '../trace/decode/trace-reader.js';
import type {DuckDB} from './columns.js';
import {type Bindings, vectorRows} from './transfer.js';

export interface ProblemSource {
  readonly reader: Pick<TraceReader, 'verify'>;
}

/** Registers the table function `scan_problems(n)`: what is wrong with the n-th file, which is read when it is asked. */
export function registerProblems(
  duckdb: DuckDB,
  bindings: Bindings,
  connection: DuckDBConnection,
  sources: readonly ProblemSource[],
): void {
  connection.registerTableFunction(
    duckdb.DuckDBTableFunction.create({
      name: 'scan_problems',
      parameterTypes: [duckdb.INTEGER],
      bindFunction: (info) => {
        const source = sources[Number(info.getParameter(0))];
        if (source === undefined) throw new Error(`scan_problems: expected 0 to ${sources.length - 1}`);
        info.addResultColumn('code', duckdb.VARCHAR);
        info.addResultColumn('message', duckdb.VARCHAR);
        info.addResultColumn('byte', duckdb.BIGINT);
        info.setBindData(source);
      },
      initFunction: (info) => info.setInitData((info.bindData as ProblemSource).reader.verify()),
      mainFunction: (info, output) => {
        const problems = (info.initData as TraceProblem[]).splice(0, vectorRows);
        output.rowCount = problems.length;
        const [code, message, byte] = [0, 1, 2].map((column) => bindings.data_chunk_get_vector(output.chunk, column));
        for (const [row, problem] of problems.entries()) {
          bindings.vector_assign_string_element(code, row, problem.code);
          bindings.vector_assign_string_element(message, row, problem.message);
        }
        const bytes = BigInt64Array.from(problems, ({offset}) => BigInt(offset));
        bindings.copy_data_to_vector(byte, 0, bytes.buffer, 0, bytes.byteLength);
      },
    }),
  );
}
