import type {EngineConfig} from '../protocol/engine-config.js';
import {isProtocol} from '../protocol/protocols.js';
import {misbehaving} from './misbehave.js';
import type {Protocol, ProtocolPort} from './protocols/port.js';

/** Loads a protocol, the folder of its name, and makes it misbehave as the configuration says. */
export async function loadPort(name: string, config: EngineConfig): Promise<ProtocolPort> {
  if (!isProtocol(name)) throw new Error(`apf is wrong here: no protocol ${name}`);
  const {protocol} = (await import(/* @vite-ignore */ `./protocols/${name}/protocol.js`)) as {protocol: Protocol};
  return misbehaving(protocol, config);
}
