import fs from 'node:fs';
import {expect, test} from 'vitest';

interface Entry {
  description: string;
  flags: object;
  relativePath: string[];
}

/** What oclif reads instead of the commands: help and the names of flags come from it. */
test("oclif's manifest is of this build", async () => {
  const {commands} = JSON.parse(fs.readFileSync(new URL('../oclif.manifest.json', import.meta.url), 'utf8'));
  expect(Object.keys(commands)).toContain('record');
  for (const [id, {description, flags, relativePath}] of Object.entries<Entry>(commands)) {
    const {default: command} = await import(new URL(`../${relativePath.join('/')}`, import.meta.url).href);
    expect(description).toBe(command.description);
    for (const [name, flag] of Object.entries<{description: string}>(command.flags ?? {})) {
      expect(flags, `${id} --${name}`).toHaveProperty([name, 'description'], flag.description);
    }
  }
});
