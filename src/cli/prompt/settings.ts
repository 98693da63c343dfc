import {ApfError} from '../../base/errors.js';
import type {QueryFormat} from '../../query/format-names.js';
import {formatOfName} from '../query-input.js';

/** What the command line says of them. */
export interface InitialSettings {
  readonly format: QueryFormat;
  readonly rows: number | null;
  readonly timing: boolean;
  readonly output: string | null;
  readonly parameters: ReadonlyMap<string, string>;
}

/** What the backslash commands of the prompt change. */
export class PromptSettings {
  format: QueryFormat;
  /** Null: as the format has it. */
  rows: number | null;
  timing: boolean;
  /** A file for results; null: the terminal. */
  output: string | null;
  readonly parameters: Map<string, string>;

  /** @param formats that there are, and which of them are no text */
  constructor(
    private readonly formats: readonly QueryFormat[],
    private readonly isBinary: (format: QueryFormat) => boolean,
    {format, rows, timing, output, parameters}: InitialSettings,
  ) {
    this.output = output;
    this.format = this.readFormat(format);
    this.rows = rows;
    this.timing = timing;
    this.parameters = new Map(parameters);
  }

  /** Changes a setting; without a value it tells it, or turns it over. Throws usage SETTING. Returns lines to print. */
  set(setting: 'format' | 'rows' | 'timing' | 'output', value: string): string[] {
    switch (setting) {
      case 'format':
        if (value !== '') this.format = this.readFormat(value);
        return [`format ${this.format}`];
      case 'rows':
        if (value !== '') this.rows = readRows(value);
        return [`rows ${this.rows ?? 'default'}`];
      case 'timing':
        this.timing = value === '' ? !this.timing : readSwitch(value);
        return [`timing ${this.timing ? 'on' : 'off'}`];
      case 'output':
        this.output = value === '' ? null : value;
        if (this.output === null && this.isBinary(this.format)) this.format = 'table';
        if (this.output === null) return ['results are shown here'];
        this.format = formatOfName(value) ?? this.format;
        // How many rows a terminal is to show says nothing of a file.
        this.rows = null;
        return [`results go to ${this.output} as ${this.format}, all rows`];
    }
  }

  private readFormat(value: string): QueryFormat {
    const format = this.formats.find((name) => name === value);
    if (format === undefined) throw settingError(`\\format: found ${value}, expected ${this.formats.join(', ')}`);
    if (this.isBinary(format) && this.output === null) {
      throw settingError(`\\format ${format}: found a terminal to write to, expected \\o NAME before it`);
    }
    return format;
  }
}

function readRows(value: string): number | null {
  if (value === 'default') return null;
  if (!/^\d{1,15}$/.test(value)) throw settingError(`\\rows: found ${value}, expected a number or default`);
  return Number(value);
}

function readSwitch(value: string): boolean {
  if (value === 'on' || value === 'off') return value === 'on';
  throw settingError(`\\timing: found ${value}, expected on or off`);
}

function settingError(message: string): ApfError {
  return new ApfError('usage', 'SETTING', message);
}
