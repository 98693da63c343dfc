/**
 * The protocols, the first by default: one line each. A protocol's behaviour is the folder of its name under
 * engine/protocols/, its reading of a trace the one under check/.
 */
export const protocolTable = [
  {name: 'pnp', title: 'A. Lutomirski, 2020: inuse with interrupt semantics, tokens, a ring of resolutions'},
  {
    name: 'apf-int',
    title: 'Linux 5.8 and later: page-not-present as #PF, READY as an interrupt with one slot and an ACK',
  },
  {name: 'apf-pf', title: 'Linux up to 5.7: page-not-present and READY as #PF, a reason word, the token in CR2'},
] as const;

export type ProtocolName = (typeof protocolTable)[number]['name'];

export const protocolNames: readonly ProtocolName[] = protocolTable.map(({name}) => name);

export function isProtocol(name: unknown): name is ProtocolName {
  return (protocolNames as readonly unknown[]).includes(name);
}
