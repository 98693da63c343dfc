import type {Hook} from '@oclif/core';
import {closest} from 'fastest-levenshtein';
import {ApfError} from '../base/errors.js';

/** oclif's hook for a command that is not there: names the nearest. */
const commandNotFound: Hook<'command_not_found'> = async ({id, config}) => {
  const known = config.commandIDs.map((command) => command.replaceAll(':', ' '));
  const found = id.replaceAll(':', ' ');
  // oclif takes arguments for parts of the name, unless they follow a topic.
  const first = found.split(' ')[0];
  const nearest = closest(known.includes(first) ? found : first, known);
  throw new ApfError('usage', 'UNKNOWN_COMMAND', `${found}: no such command`, [`apf ${nearest}`, 'apf --help']);
};

export default commandNotFound;
