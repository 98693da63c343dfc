import {createInterface, type Interface} from 'node:readline';
import {ApfError} from '../../base/errors.js';
import {terminalText} from '../../base/terminal-text.js';
import type {QueryFormat} from '../../query/format-names.js';
import type {SessionOptions} from '../../query/run.js';
import type {ViewSchema} from '../../query/schema.js';
import {alignLeft} from '../columns.js';
import {readSql} from '../query-input.js';
import type {QueryProcess} from '../query-process.js';
import {errorLines} from '../report-error.js';
import {checkResultFile, ResultFile} from '../result-file.js';
import {schemaLines} from '../schema-text.js';
import {asCommand, commandNames, runCommand} from './commands.js';
import {complete} from './complete.js';
import {readHistory, writeHistory} from './history.js';
import {type InitialSettings, PromptSettings} from './settings.js';

export interface PromptOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Keys are edited and completed, and a prompt is shown. */
  readonly isTerminal: boolean;
  readonly session: SessionOptions;
  readonly settings: InitialSettings;
  readonly views: readonly ViewSchema[];
  readonly formats: readonly QueryFormat[];
  readonly isBinary: (format: QueryFormat) => boolean;
  /** Whether the text ends after a semicolon. */
  readonly isTerminated: (sql: string) => boolean;
  readonly historyFile: string;
  /** Starts the process that runs queries: at the beginning, and after a query was stopped. */
  readonly start: () => QueryProcess;
}

const prompts = {first: 'apf> ', next: '...> '} as const;

/** A prompt for SQL over traces: statements that end with a semicolon, and backslash commands. */
export class Prompt {
  private readonly settings: PromptSettings;
  private readonly lines: Interface;
  private queries: QueryProcess | null = null;
  private isQuit = false;
  private isClosed = false;
  private isRunning = false;
  /** The statement that has begun. */
  private begun = '';

  constructor(private readonly options: PromptOptions) {
    this.settings = new PromptSettings(options.formats, options.isBinary, options.settings);
    const views = options.views.map(({view}) => view);
    const follows = new Map(commandNames.map((name) => [name, argumentsOf(name, views, options.formats)]));
    this.lines = createInterface({
      input: options.input,
      output: options.output,
      terminal: options.isTerminal,
      prompt: prompts.first,
      history: readHistory(options.historyFile),
      historySize: 1000,
      removeHistoryDuplicates: true,
      completer: (line: string) => complete(this.begun, line, {views: options.views, commands: follows}),
    });
  }

  /** Reads and answers until the user quits or the input ends. */
  async run(): Promise<void> {
    const {lines} = this;
    let history: readonly string[] | null = null;
    lines.on('history', (newestFirst) => {
      history = newestFirst;
    });
    lines.on('SIGINT', () => this.interrupt());
    lines.on('close', () => {
      this.isClosed = true;
    });
    this.print(['SQL ends with a semicolon; \\? lists commands, \\q quits.']);
    const typed = lines[Symbol.asyncIterator]();
    // Lines that came before the input ended are still to be taken: it is `done` that ends.
    for (;;) {
      this.showPrompt();
      const {value: line, done} = await typed.next();
      if (done === true) break;
      await this.take(line);
      if (this.isQuit) break;
    }
    lines.close();
    this.queries?.close();
    if (history !== null && this.options.isTerminal) writeHistory(this.options.historyFile, history);
  }

  private showPrompt(): void {
    // To prompt at an input that has ended would read on, for ever at a terminal.
    if (!this.options.isTerminal || this.isClosed) return;
    this.lines.setPrompt(this.begun === '' ? prompts.first : prompts.next);
    this.lines.prompt();
  }

  private async take(line: string): Promise<void> {
    const command = line.startsWith('\\') ? line : this.begun === '' ? asCommand(line) : null;
    if (command !== null) return this.guard(async () => this.print(await runCommand(command, this)));
    if (this.begun === '' && line.trim() === '') return;
    this.begun = this.begun === '' ? line : `${this.begun}\n${line}`;
    if (!this.options.isTerminated(this.begun)) return;
    const sql = this.begun;
    this.begun = '';
    await this.guard(() => this.query(sql, false));
  }

  /** An error is told, and the prompt goes on. */
  private async guard(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ApfError)) throw error;
      this.print(errorLines(error));
    }
  }

  private async query(sql: string, explain: boolean): Promise<void> {
    const {format, rows, timing, output, parameters} = this.settings;
    const file = output === null ? null : new ResultFile(output, this.options.session.traces);
    this.isRunning = true;
    try {
      const queries = await this.process();
      const maxRows = rows ?? (file === null ? undefined : Number.MAX_SAFE_INTEGER);
      const used = new Map([...parameters].filter(([name]) => new RegExp(`\\$${name}\\b`, 'i').test(sql)));
      const written = await queries.run(
        {sql, options: {parameters: used, several: true, explain}, format, write: {maxRows}},
        file === null ? (piece) => this.write(piece) : (piece) => file.write(piece),
      );
      file?.complete();
      if (written.shown < written.rows)
        this.print([`${written.shown} of ${written.rows} rows are shown; \\rows shows more`]);
      if (timing) this.print([`${written.rows} rows in ${written.ms.toFixed(1)} ms`]);
    } finally {
      this.isRunning = false;
      file?.close();
    }
  }

  /** The one that is there, or another when that was stopped. */
  private async process(): Promise<QueryProcess> {
    if (this.queries?.isAlive === true) return this.queries;
    const queries = this.options.start();
    this.queries = queries;
    try {
      await queries.open(this.options.session);
    } catch (error) {
      queries.close();
      throw error;
    }
    return queries;
  }

  private interrupt(): void {
    if (this.isRunning) {
      this.queries?.close();
      return;
    }
    this.begun = '';
    this.print(['^C']);
    this.lines.write(null, {ctrl: true, name: 'e'});
    this.lines.write(null, {ctrl: true, name: 'u'});
    this.showPrompt();
  }

  private print(lines: readonly string[]): void {
    for (const line of lines) this.options.output.write(`${terminalText(line)}\n`);
  }

  private write(piece: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.options.output.write(piece, (error) => (error == null ? resolve() : reject(error)));
    });
  }

  // What the backslash commands do.

  quit(): string[] {
    this.isQuit = true;
    return [];
  }

  describe(name: string): string[] {
    const {views} = this.options;
    // A macro may be named as it is called: hist(column).
    const wanted = name.replace(/\(.*$/s, '').trim().toLowerCase();
    const found = views.filter(({view}) => view === wanted);
    if (found.length > 0) return schemaLines(found);
    if (name !== '') throw new ApfError('usage', 'VIEW_UNKNOWN', `\\d: there is no view ${name}`, ['\\d']);
    return alignLeft(views.map(({view, meaning}) => [`  ${view}`, `${meaning.split('. ')[0].replace(/\.$/, '')}`]));
  }

  set(setting: 'format' | 'rows' | 'timing' | 'output', value: string): string[] {
    if (setting === 'output' && value !== '') checkResultFile(value, this.options.session.traces);
    return this.settings.set(setting, value);
  }

  parameter(name: string, value: string): string[] {
    const {parameters} = this.settings;
    if (name !== '' && !/^\w+$/.test(name))
      throw new ApfError('usage', 'SQL_PARAMETER', `\\set: found ${name}, expected a name`);
    if (value !== '') parameters.set(name, value);
    else if (name !== '' && !parameters.has(name)) throw noParameter(`\\set ${name}: found no value, and`, name);
    return [...parameters].filter(([key]) => name === '' || key === name).map(([key, text]) => `$${key} ${text}`);
  }

  unsetParameter(name: string): string[] {
    if (!this.settings.parameters.delete(name)) throw noParameter('\\unset:', name);
    return [];
  }

  async include(path: string): Promise<string[]> {
    await this.query(await readSql(path), false);
    return [];
  }

  async explain(sql: string): Promise<string[]> {
    await this.query(sql, true);
    return [];
  }

  async go(): Promise<string[]> {
    const sql = this.begun;
    this.begun = '';
    if (sql !== '') await this.query(sql, false);
    return [];
  }

  buffer(): string[] {
    return this.begun.split('\n');
  }

  reset(): string[] {
    this.begun = '';
    return [];
  }
}

function noParameter(where: string, name: string): ApfError {
  const message = `${where} there is no parameter ${name}; \\set shows those that there are`;
  return new ApfError('usage', 'SQL_PARAMETER', message);
}

/** Words that may follow a backslash command. */
function argumentsOf(command: string, views: readonly string[], formats: readonly string[]): readonly string[] {
  if (command.startsWith('\\d') || ['\\l', '\\views', '\\tables', '\\schema'].includes(command)) return views;
  if (['\\format', '\\f', '\\mode'].includes(command)) return formats;
  return command === '\\timing' ? ['on', 'off'] : [];
}
