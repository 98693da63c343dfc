import {Args, Command, Flags, type Interfaces} from '@oclif/core';
import {ApfError} from '../base/errors.js';
import {terminalText} from '../base/terminal-text.js';
import type {TraceReader} from '../trace/decode/trace-reader.js';
import {type Json, writeJson} from './json.js';
import {watchStreams, writeOut} from './output.js';
import {Progress} from './progress.js';

/** The trace that a command reads or writes when none is named, in the working folder. */
export const traceDefault = 'apf.arrow';

type OutputFlags = Interfaces.OutputFlags<Interfaces.FlagInput>;
type OutputArgs = Interfaces.OutputArgs<Interfaces.ArgInput>;
type Input<F extends OutputFlags, B extends OutputFlags, A extends OutputArgs> = Interfaces.Input<F, B, A>;
type ParserOutput<F extends OutputFlags, B extends OutputFlags, A extends OutputArgs> = Interfaces.ParserOutput<
  F,
  B,
  A
>;

/** What every command has: --json, --quiet, and the ways to print. Errors are printed by `main`. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;

  static override baseFlags = {
    quiet: Flags.boolean({char: 'q', description: 'no progress and no notes on stderr, only errors'}),
  };

  private isQuiet = false;

  protected override async init(): Promise<void> {
    watchStreams(); // again: oclif's Command listens too, from when it is loaded
    await super.init();
  }

  protected override async parse<F extends OutputFlags, B extends OutputFlags, A extends OutputArgs>(
    options?: Input<F, B, A>,
    argv?: string[],
  ): Promise<ParserOutput<F, B, A>> {
    const parsed = await super.parse(options, argv);
    this.isQuiet = parsed.flags.quiet === true;
    return parsed;
  }

  /** oclif would print the error in its own way. */
  protected override async catch(error: Error): Promise<never> {
    throw error;
  }

  /** Prints the result: under --json the document, else the lines. */
  protected async result(document: Json, lines: readonly string[]): Promise<void> {
    const text = this.jsonEnabled() ? writeJson(document) : lines.join('\n');
    await writeOut(`${text}\n`);
  }

  /** A line on stderr that the user should see, but that is no error. */
  protected note(line: string): void {
    if (!this.isQuiet) process.stderr.write(`apf: ${terminalText(line)}\n`);
  }

  /** Says that a trace does not go to its end, if so. */
  protected noteIncomplete(reader: TraceReader): void {
    if (reader.complete) return;
    const problem = reader.problems[0];
    const why = problem === undefined ? 'it has no end' : `byte ${problem.offset}: ${problem.message}`;
    this.note(
      `${reader.path}: incomplete, ${reader.rows} events can be read: ${why}; apf repair makes a whole trace of them`,
    );
  }

  protected progress(): Progress {
    // A terminal of unknown width has 0 columns, in which ora would never end to clear its line.
    const isTerminal = process.stderr.isTTY && process.stderr.columns > 0;
    return new Progress(isTerminal && !this.isQuiet && !this.jsonEnabled());
  }
}

/** A command's one trace: an argument or -t. */
export const traceArg = {
  trace: Args.string({description: `the trace; default: ${traceDefault}`}),
};

export const traceFlag = {
  trace: Flags.string({char: 't', description: 'the trace, instead of the argument', helpValue: 'TRACE'}),
};

/** Throws usage TRACE_TWICE when the trace is named both ways. */
export function tracePath(argument: string | undefined, flag: string | undefined): string {
  if (argument !== undefined && flag !== undefined) {
    throw new ApfError('usage', 'TRACE_TWICE', `found both ${argument} and -t ${flag}, expected one trace`);
  }
  return argument ?? flag ?? traceDefault;
}
