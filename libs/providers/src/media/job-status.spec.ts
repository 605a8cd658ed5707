import { amountOf, idOf, jobStatusOf, progressOf } from './job-status.js';

describe('jobStatusOf', () => {
  it.each([
    ['completed', 'succeeded'],
    ['COMPLETED', 'succeeded'],
    ['Succeeded', 'succeeded'],
    ['SUCCESS', 'succeeded'],
    ['done', 'succeeded'],
    ['Ready', 'succeeded'],
    [' finished ', 'succeeded'],
    ['TASK_STATUS_SUCCEED', 'succeeded'],
    ['JOB_STATE_SUCCEEDED', 'succeeded'],
    ['FAILED', 'failed'],
    ['Error', 'failed'],
    ['timed_out', 'failed'],
    ['canceled', 'cancelled'],
    ['CANCELLED', 'cancelled'],
    ['aborted', 'cancelled'],
    ['Request Moderated', 'moderated'],
    ['content-moderated', 'moderated'],
    ['CONTENT_FILTERED', 'moderated'],
    ['IMAGE_SAFETY', 'moderated'],
    ['moderating', 'running'],
    ['Task not found', 'unknown-job'],
    ['in_progress', 'running'],
    ['Pending', 'running'],
    ['IN_QUEUE', 'running'],
    ['thinking about it', 'running'],
    ['', 'running'],
    [undefined, null],
    [3, null],
    [null, null],
  ])('reads %j as %p', (word, status) => expect(jobStatusOf(word)).toBe(status));
});

describe('progressOf', () => {
  it.each([
    [33, 33],
    ['33', 33],
    ['100%', 100],
    ['100 %', 100],
    [140, 100],
    [-1, 0],
    ['half', null],
    ['', null],
    [null, null],
    [{ percent: 3 }, null],
  ])('reads %j as %p', (value, progress) => expect(progressOf(value)).toBe(progress));
});

describe('idOf and amountOf', () => {
  it.each([
    ['a', 'a'],
    [7, '7'],
    ['', null],
    [null, null],
    [{}, null],
  ])('reads the id %j as %p', (value, id) => expect(idOf(value)).toBe(id));

  it.each([
    [0.04, 0.04],
    ['0.04', 0.04],
    [0, 0],
    [-1, null],
    ['free', null],
    [null, null],
  ])('reads the amount %j as %p', (value, amount) => expect(amountOf(value)).toBe(amount));
});
