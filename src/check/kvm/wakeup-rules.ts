import {Reason, reasonNames} from '../../protocol/reasons.js';
import {none, Row} from '../../protocol/row.js';
import {PageState} from '../page-states.js';
import {blockedBy, type Model, type Vcpu} from './model.js';

/** What has just ended a vCPU's wait in the host. */
export function onWakeup(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  const wasHalted = v.mode === 'halted';
  model.touched.add(v);
  v.wokenStep = model.step;
  if (v.mode !== 'suspended' && !wasHalted) {
    report.violate(model.ids.held, `vcpu ${v.number} wakes, and was not stopped; expected a sleep before`);
    return;
  }
  const state = model.pages.stateOf(v.sleepPage);
  if (wasHalted) checkHaltEnds(model, v, row[Row.reason]);
  else if (state === PageState.absent || row[Row.reason] !== none) {
    const found = `vcpu ${v.number} wakes, and its page ${v.sleepPage} is ${model.pages.nameOf(v.sleepPage)}`;
    report.violate(model.ids.sleepEnds, `${found}; expected it to stay suspended until the I/O ends`, v.sleepSeq);
  }
  v.mode = 'guest';
  v.sleepPage = none;
  const actor = model.actors[model.actorOf(row)];
  if (row[Row.reason] !== none || state !== PageState.present) return;
  actor.readyEvictions = model.pages.evictionsOf(actor.page);
  actor.readySeq = row[Row.seq];
}

/** What an artificial halt ended for, as the list of what was seen has it. */
const seenOf: Readonly<Record<number, string>> = {
  [Reason.page_ready]: 'halt-ready',
  [Reason.interrupt]: 'halt-interrupt',
  [Reason.nmi]: 'halt-nmi',
};

/** PI-S11: what ends an artificial halt: its page, something done, an NMI, or an interrupt that can be taken. */
function checkHaltEnds(model: Model, v: Vcpu, reason: number): void {
  const {report, ids} = model;
  const shut = haltGoesOn(model, v, reason);
  if (shut === null) {
    report.reach(reason === none ? 'halt-page' : seenOf[reason]);
    return;
  }
  report.violate(ids.halt, `the artificial halt of vcpu ${v.number} ends ${shut}`, v.sleepSeq);
}

function haltGoesOn(model: Model, v: Vcpu, reason: number): string | null {
  switch (reason) {
    case none:
      if (model.pages.stateOf(v.sleepPage) !== PageState.absent) return null;
      return `with its page ${v.sleepPage} absent still; expected its page, or another reason`;
    case Reason.page_ready:
      if (v.done.length > 0 || v.doneStep === model.step) return null;
      return 'for page_ready with nothing done; expected an item whose I/O has ended';
    case Reason.nmi:
      return v.nmiStep === model.step ? null : 'for an NMI; expected one in this step';
    case Reason.interrupt: {
      const blocked = blockedBy(model, v, v.devices === 0 && model.dialect.tprGatesReady);
      if (blocked !== '') return `for an interrupt ${blocked}; expected it to pend`;
      return v.pending || v.devices > 0 ? null : 'for an interrupt; expected one that pends';
    }
    default:
      return `for ${reasonNames[reason]}; expected its page, something done, an interrupt or an NMI`;
  }
}
