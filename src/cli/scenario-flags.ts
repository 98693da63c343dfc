import {Flags} from '@oclif/core';

/** What every command has that runs a scenario. */
export const scenarioArg = {description: 'a built-in scenario, or a file with a slash or ending in .yaml, .yml, .json'};

export const setFlag = Flags.string({
  description: 'overrides a key of the scenario, such as host.io.latency=50us; may be given often',
  helpValue: 'KEY=VALUE',
  multiple: true,
  multipleNonGreedy: true,
});

export const seedFlag = Flags.integer({
  description: "overrides the scenario's seed",
  min: 0,
  max: Number.MAX_SAFE_INTEGER,
  helpValue: 'N',
});

export const limitEventsFlag = Flags.integer({description: 'end after so many events', min: 0, helpValue: 'N'});
