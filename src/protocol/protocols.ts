/**
 * The protocols, the first by default: one line each. A protocol's behaviour is the folder of its name under
 * engine/protocols/, its reading of a trace the one under check/.
 * `word`: the one by which host and guest say that page-not-present is under way; the guest's handler clears it.
 * `deliveryExits`: to deliver page-not-present the host has left the guest; a #VE the processor delivers by itself.
 */
export const protocolTable = [
  {
    name: 'pnp',
    title: 'A. Lutomirski, 2020: inuse with interrupt semantics, tokens, a ring of resolutions',
    word: 'inuse',
    deliveryExits: true,
  },
  {
    name: 'apf-int',
    title: 'Linux 5.8 and later: page-not-present as #PF, READY as an interrupt with one slot and an ACK',
    word: 'flags',
    deliveryExits: true,
  },
  {
    name: 'apf-pf',
    title: 'Linux up to 5.7: page-not-present and READY as #PF, a reason word, the token in CR2',
    word: 'flags',
    deliveryExits: true,
  },
  {
    name: 've',
    title: 'T. Gleixner, 2020: #VE with a busy word, ve_page, a hypercall, one completion at a time',
    word: 'busy',
    deliveryExits: false,
  },
] as const;

export type ProtocolName = (typeof protocolTable)[number]['name'];

export const protocolNames: readonly ProtocolName[] = protocolTable.map(({name}) => name);

/** What the table says of a protocol. */
export function protocolEntry(name: ProtocolName) {
  return protocolTable[protocolNames.indexOf(name)];
}

export function isProtocol(name: unknown): name is ProtocolName {
  return (protocolNames as readonly unknown[]).includes(name);
}
