import {TaskMode} from '../../src/protocol/engine-config.js';
import type {BrokenStory} from './kvm-row-table.js';
import {asked, bothParked, delivered, parked, repeated, suspended} from './kvm-row-table.js';

/** Names of the invariants that both Linux protocols have, by what they say. */
export type SharedIds = Readonly<
  Record<
    | 'access'
    | 'gates'
    | 'word'
    | 'token'
    | 'limit'
    | 'dedup'
    | 'once'
    | 'read'
    | 'answer'
    | 'halt'
    | 'held'
    | 'killed'
    | 'parked'
    | 'wake'
    | 'refault'
    | 'sleepEnds',
    string
  >
>;

const kernel = {taskModes: Uint8Array.of(TaskMode.kernel, TaskMode.user), cpl0: 'user_only'} as const;

/** Stories that break a rule in both protocols; each begins after the boot, with row 10. */
export function sharedStories(ids: SharedIds): Omit<BrokenStory, 'seq'>[] {
  return [...answerStories(ids), ...queueStories(ids), ...waitStories(ids)];
}

function answerStories(ids: SharedIds): Omit<BrokenStory, 'seq'>[] {
  return [
    {
      name: 'a fault on a page that is present',
      table: 'dispatch v0 t0\n access v0 t0 p5\n >fault v0 t0 p5',
      config: {presentPages: 6},
      tells: [ids.access],
    },
    {
      name: 'an access that goes through on an absent page',
      table: 'dispatch v0 t0\n access v0 t0 p5\n >retire v0 t0 p5',
      tells: [ids.access],
    },
    {
      name: 'a second access with the first fault open',
      table: `${suspended}\n completion p5 r0\n wakeup v0 t0 p5 f13\n >access v0 t0 p6\n fault v0 t0 p6`,
      tells: [ids.access],
    },
    {
      name: 'page-not-present with IF clear',
      table: delivered
        .replace('@10', 'mask v0 t0 =0\n @10')
        .replaceAll('f12', 'f13')
        .replace(' delivery', ' >delivery'),
      tells: [ids.gates],
    },
    {
      name: 'page-not-present in an STI shadow',
      table: delivered
        .replace('@10', 'mask v0 t0 =3\n @10')
        .replaceAll('f12', 'f13')
        .replace(' delivery', ' >delivery'),
      tells: [ids.gates],
    },
    {
      name: 'page-not-present into the kernel of a guest that asked for user mode only',
      table: delivered.replace(' delivery', ' >delivery'),
      config: kernel,
      tells: [ids.gates],
    },
    {
      name: 'page-not-present into a nested guest',
      table: delivered.replace(' delivery', ' >delivery'),
      config: {taskModes: Uint8Array.of(TaskMode.nested, TaskMode.user)},
      tells: [ids.gates],
    },
    {
      name: 'page-not-present without the word',
      table: `${asked} >delivery v0 t0 p5 f12 k0x1000`,
      tells: [ids.word],
    },
    {
      name: 'the word written and nothing injected',
      table: `${asked} >flags v0 t0 f12 =1 by_host\n mask v0 =1`,
      tells: [ids.answer, ids.word, ids.held],
    },
    {name: 'an attempt without an answer', table: asked.replace('attempt', '>attempt'), tells: [ids.answer]},
    {
      name: 'a deferral with nothing in the way',
      table: `${asked} >deferral v0 t0 p5 f12 no_token\n sleep v0 t0 p5 f12 suspended`,
      tells: [ids.answer],
    },
    {
      name: 'a deferral for another reason than the first',
      table: repeated
        .replace('repeated_fault', 'no_token')
        .replace('artificial_halt', 'suspended')
        .replace(' deferral', ' >deferral'),
      tells: [ids.answer],
    },
    {
      name: 'an artificial halt with IF clear',
      table: suspended.replace('suspended', 'artificial_halt').replace(' sleep', ' >sleep'),
      tells: [ids.answer],
    },
    {
      name: 'killed without a log',
      table: `${suspended} completion p5 r1
        wakeup   v0 t0 p5 f13
        retry    v0 t0 p5 f13
        attempt  v0 t0 p5 f13
        deferral v0 t0 p5 f13 known_failed
        >kill    v0 t0 p5 f13 known_failed`,
      tells: [ids.answer],
    },
    {
      name: 'a row after the kill',
      table: `${suspended} completion p5 r1
        wakeup   v0 t0 p5 f13
        retry    v0 t0 p5 f13
        attempt  v0 t0 p5 f13
        deferral v0 t0 p5 f13 known_failed
        log      v0 t0 p5 f13 known_failed
        kill     v0 t0 p5 f13 known_failed
        >eviction p6`,
      tells: [ids.killed],
    },
    {
      name: 'a failed page given up without a recovery',
      table: `${suspended} completion p5 r1\n wakeup v0 t0 p5 f13\n >abandon v0 t0 p5 f13 r1`,
      tells: [ids.refault],
    },
  ];
}

function queueStories(ids: SharedIds): Omit<BrokenStory, 'seq'>[] {
  const other =
    'dispatch v0 t1\n access v0 t1 p6\n fault v0 t1 p6\n attempt v0 t1 p6 f22\n flags v0 t1 f22 =1 by_host\n';
  return [
    {
      name: 'a first token of 0 (B2)',
      table: delivered.replace('0x1000', '0').replace(' delivery', ' >delivery'),
      tells: [ids.token],
    },
    {
      name: "another vcpu's token",
      table: delivered.replace('0x1000', '0x1001').replace(' delivery', ' >delivery'),
      tells: [ids.token],
    },
    {
      name: 'a token that is in use',
      table: `${parked} ${other} >delivery v0 t1 p6 f22 k0x1000`,
      tells: [ids.token],
    },
    {
      name: 'more items than N',
      table: bothParked.replace(/delivery v0 t1/, '>$&'),
      config: {tokens: 1},
      tells: [ids.limit],
    },
    {
      name: 'a page queued twice for one vcpu',
      table: `${parked} ${other.replaceAll('p6', 'p5')} >delivery v0 t1 p5 f22 k0x2000`,
      tells: [ids.dedup],
    },
    {
      name: 'an item that was not done',
      table: `${asked} deferral v0 t0 p5 f12 user_only
        sleep v0 t0 p5 f12 artificial_halt
        >resolution v0 t0 p5 f12 k0x1000 r0`,
      config: kernel,
      tells: [ids.once],
    },
    {
      name: 'ready before its page-not-present (B13)',
      table: `${asked}
        >resolution v0 t0 p5 f12 k0x1000 r0
        flags v0 t0 f12 =1 by_host
        delivery v0 t0 p5 f12 k0x1000`,
      tells: [ids.once],
    },
    {name: 'READY for a token that nobody has', table: `${parked} >resolution v0 t0 p5 k0x7000 r0`, tells: [ids.token]},
    {name: 'a second wake-all', table: '>resolution v0 k0xffffffff', tells: [ids.token]},
    {
      name: "the guest reads another token than its page-not-present's (B1)",
      table: parked.replaceAll(/(copy|park) (.*)0x1000/g, '$1 $20x1234').replace(' copy', ' >copy'),
      tells: [ids.read, ids.wake],
    },
  ];
}

function waitStories(ids: SharedIds): Omit<BrokenStory, 'seq'>[] {
  return [
    {name: 'the guest runs on a suspended vcpu', table: `${suspended} >mask v0 t0 =1`, tells: [ids.held]},
    {name: 'an NMI on a suspended vcpu', table: `${suspended} >nmi v0`, tells: [ids.held]},
    {name: 'the guest runs in the artificial halt', table: `${repeated} >mask v0 t1 =1`, tells: [ids.held]},
    {name: 'the guest runs with its fault unanswered', table: asked.replace('attempt', '>mask'), tells: [ids.held]},
    {name: 'a guest step in HLT', table: `${parked} halt v0 =1 hlt\n >dispatch v0 t1`, tells: [ids.held]},
    {
      name: 'a halt that ends for nothing',
      table: `${repeated} device v0 =0\n >wakeup v0 t1 p5 f22 interrupt`,
      tells: [ids.halt],
    },
    {
      name: 'a halt that ends for a page that is absent',
      table: `${repeated} device v0 =0\n >wakeup v0 t1 p5 f22`,
      tells: [ids.halt],
    },
    {
      name: 'a halt that ends for what is not done',
      table: `${repeated} device v0 =0\n >wakeup v0 t1 p5 f22 page_ready`,
      tells: [ids.halt],
    },
    {name: 'an NMI that does not end the halt', table: `${repeated} >nmi v0`, tells: [ids.halt]},
    {
      name: 'a suspension that ends early',
      table: `${suspended} completion p6 r0\n >wakeup v0 t0 p5 f13`,
      tells: [ids.sleepEnds],
    },
    {
      name: 'a suspension that goes on though its page is there',
      table: `${suspended} >completion p5 r0`,
      tells: [ids.sleepEnds],
    },
    {name: 'a parked task is dispatched', table: `${parked} >dispatch v0 t0`, tells: [ids.parked]},
    {name: 'a task that was not dispatched', table: `${parked} >access v0 t1 p6\n fault v0 t1 p6`, tells: [ids.parked]},
    {
      name: 'two tasks under one token',
      table: bothParked
        .replaceAll(/(copy|park) (.*)0x2000/g, '$1 $20x1000')
        .replace('copy     v0 t1', '>copy     v0 t1'),
      tells: [ids.read, ids.parked],
    },
    {
      name: 'a retry that faults anew without an eviction',
      table: `${suspended} completion p5 r0\n wakeup v0 t0 p5 f13\n retry v0 t0 p5 f13\n >fault v0 t0 p5`,
      tells: [ids.refault],
    },
    {
      name: 'a failed page that is asked for again (B8)',
      table: `${suspended} completion p5 r1
        wakeup   v0 t0 p5 f13
        mask     v0 t0 =1
        retry    v0 t0 p5 f13
        attempt  v0 t0 p5 f13
        flags    v0 t0 f13 =1 by_host
        >delivery v0 t0 p5 f13 k0x1000`,
      tells: [ids.refault],
    },
    {
      name: 'a handler that does not reset the word',
      table: parked.replace(/flags.*by_guest/, '').replace(' iret', ' >iret'),
      tells: [ids.word],
    },
    {
      name: 'a handler that does not park its task',
      table: parked.replace(/park .*/, '').replace(' iret', ' >iret'),
      tells: [ids.wake],
    },
  ];
}

/** The tables mark the row at which the rule is broken with `>`: its seq, and the table without the mark. */
export function unmarked(table: string): {table: string; seq: number} {
  const lines = table.split('\n').filter((line) => line.trim() !== '');
  return {table: table.replaceAll('>', ''), seq: lines.findIndex((line) => line.includes('>'))};
}
