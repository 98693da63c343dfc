import {Row} from '../../protocol/row.js';
import {blockedBy, type Model, type Vcpu} from './model.js';

/*
 * Interrupts other than READY. They obey what every normal interrupt does (S8), none is lost, and they tell the two
 * ways to wait apart (R26).
 */

export function onDevice(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  v.devices++;
  v.deviceSeq = row[Row.seq];
  checkCount(model, v, row);
  if (v.mode === 'halted') model.report.reach('R26');
}

export function onServe(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  report.reach('AL-R26');
  const blocked = v.mode === 'halted' ? 'while it waits' : blockedBy(model, v, true);
  if (blocked !== '') {
    const found = `vcpu ${v.number} takes an interrupt of a device ${blocked}`;
    report.violate('AL-S8', `${found}; expected it to stay pending`, v.deviceSeq);
  }
  if (v.devices === 0) {
    report.violate('AL-R26', `vcpu ${v.number} serves an interrupt of a device; expected one that arrived and pends`);
    return;
  }
  v.devices--;
  checkCount(model, v, row);
}

/** None is lost and none comes twice: a row counts what pends after it. */
function checkCount(model: Model, v: Vcpu, row: Float64Array): void {
  if (row[Row.value] === v.devices) return;
  const found = `${row[Row.value]} interrupts of devices pend on vcpu ${v.number}`;
  model.report.violate('AL-R26', `${found}; expected ${v.devices}, those that arrived less those served`, v.deviceSeq);
}

/** A.5.6: the test for interrupts and the halt are one step. */
export function checkMayHalt(model: Model, v: Vcpu): void {
  if (v.devices === 0 || blockedBy(model, v, true) !== '') return;
  const found = `vcpu ${v.number} begins to wait with ${v.devices} interrupts of devices pending`;
  model.report.violate('AL-R26', `${found}; expected them served first`, v.deviceSeq);
}

/** A wait ends for READY or for a task; for a device only in HLT. */
export function checkMayResume(model: Model, v: Vcpu): void {
  if (v.pending || (v.devices > 0 && v.inHlt)) return;
  const found = `vcpu ${v.number} stops waiting for an interrupt, and ${v.devices} of devices pend`;
  const expected = v.inHlt ? 'READY or a device' : 'READY, for it suspended itself by hypercall';
  model.report.violate('AL-R26', `${found}; expected ${expected}`, v.deviceSeq);
}
