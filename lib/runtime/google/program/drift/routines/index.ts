/** Functions of the routines that drift's SQL calls. */
export { driftBins, driftColumn, driftColumns, driftProfile } from './baseline';
export { driftCells } from './cells';
export { driftHours } from './hours';
export { driftJudge } from './judge';
export { driftQuality } from './quality';
export { driftReport } from './report';
export { driftRows } from './rows';
