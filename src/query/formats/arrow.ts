import type {DuckDBType, DuckDBValue} from '@duckdb/node-api';
import type {TableColumn, TableType, TableValue} from '../../trace/arrow-table.js';
import type {TextFormatter} from '../format.js';
import type {QueryColumn} from '../result.js';
import {jsonOf} from '../values.js';

/** Rows of a batch, save the last. */
const rowsPerBatch = 65_536;

/** A column's type in Arrow, and how its values get there. */
interface Mapping {
  readonly type: TableType;
  readonly convert: (value: DuckDBValue) => TableValue;
}

const plainTypes: Readonly<Record<string, TableType>> = {
  BOOLEAN: 'bool',
  TINYINT: 'int8',
  SMALLINT: 'int16',
  INTEGER: 'int32',
  BIGINT: 'int64',
  UTINYINT: 'uint8',
  USMALLINT: 'uint16',
  UINTEGER: 'uint32',
  UBIGINT: 'uint64',
  FLOAT: 'float32',
  DOUBLE: 'float64',
  VARCHAR: 'utf8',
};

/** An Arrow IPC file. Integers of 128 bits are decimals; what Arrow would have otherwise, such as dates, is a text. */
export async function arrowFormatter(columns: readonly QueryColumn[]): Promise<TextFormatter> {
  const {ArrowTableWriter} = await import('../../trace/arrow-table.js');
  const mappings = columns.map(({type}) => mappingOf(type));
  const writer = new ArrowTableWriter(columns.map(({name}, index) => ({name, type: mappings[index].type})));
  let held: TableValue[][] = [];
  return {
    begin: () => '',
    rows: (rows) => {
      for (const row of rows) held.push(row.map((value, index) => mappings[index].convert(value)));
      if (held.length < rowsPerBatch) return '';
      const batch = held.splice(0, rowsPerBatch);
      return writer.batch(batch);
    },
    end: () => {
      const last = held.length === 0 ? [] : [writer.batch(held)];
      held = [];
      return Buffer.concat([...last, writer.end()]);
    },
  };
}

function mappingOf(type: DuckDBType): Mapping {
  const name = String(type);
  const plain = plainTypes[name];
  if (plain !== undefined) return {type: plain, convert: (value) => value as TableValue};
  if (name === 'HUGEINT')
    return {type: {decimal: {precision: 38, scale: 0}}, convert: (value) => value as bigint | null};
  if ('width' in type && 'scale' in type) {
    const {width, scale} = type;
    return {
      type: {decimal: {precision: width, scale}},
      convert: (value) => (typeof value === 'object' && value !== null && 'scale' in value ? value.value : null),
    };
  }
  // A nested type has `values` too, but no list of words.
  if (name.startsWith('ENUM') && 'values' in type) {
    return {type: {words: type.values as readonly string[]}, convert: (value) => value as string | null};
  }
  if (name.endsWith('[]') && 'valueType' in type) return listOf(mappingOf(type.valueType));
  if (name.startsWith('STRUCT') && 'entryNames' in type)
    return structOf(type.entryNames, type.entryTypes.map(mappingOf));
  return {type: 'utf8', convert: (value) => (value === null ? null : textOf(jsonOf(value, name)))};
}

function listOf(item: Mapping): Mapping {
  return {
    type: {list: item.type},
    convert: (value) =>
      value !== null && typeof value === 'object' && 'items' in value ? value.items.map(item.convert) : null,
  };
}

function structOf(names: readonly string[], members: readonly Mapping[]): Mapping {
  const struct: TableColumn[] = names.map((name, index) => ({name, type: members[index].type}));
  return {
    type: {struct},
    convert: (value) => {
      if (value === null || typeof value !== 'object' || !('entries' in value) || Array.isArray(value.entries))
        return null;
      const entries = value.entries as Readonly<Record<string, DuckDBValue>>;
      return names.map((name, index) => members[index].convert(entries[name] ?? null));
    },
  };
}

/** JSON's text of a date or the like without the quotes. */
function textOf(json: string): string {
  return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}
