import { JOBS } from '@lumenfall/contracts';
import type { JobQueue } from '../backend.js';
import { engineCall } from '../queue-errors.js';
import type { JobProducer } from '../engine.js';
import { BYTES_PER_MS, COMMAND_DEADLINE_MS, FAILED_KEPT } from '../settings.js';

export function jobProducer(queueOf: (name: string) => JobQueue): JobProducer {
  return {
    async enqueue(name, payload, { id, delayMs, sizeBytes = 0 }) {
      const { queue, version, attempts, backoffMs } = JOBS[name];
      // Typed here; the worker parses it.
      const adding = queueOf(queue).add(
        name,
        { v: version, payload },
        {
          jobId: id,
          attempts,
          ...(backoffMs > 0 && { backoff: { type: 'exponential', delay: backoffMs } }),
          ...(delayMs !== undefined && delayMs > 0 && { delay: delayMs }),
          removeOnComplete: true,
          removeOnFail: FAILED_KEPT,
          stackTraceLimit: 1,
        },
      );
      await engineCall(`Enqueueing ${name}`, COMMAND_DEADLINE_MS + Math.ceil(sizeBytes / BYTES_PER_MS), adding);
    },

    async depth(queue) {
      const counting = queueOf(queue).getJobCounts('waiting', 'delayed', 'active');
      const counts = await engineCall(`Counting ${queue}`, COMMAND_DEADLINE_MS, counting);
      return Object.values(counts).reduce((sum, count) => sum + count, 0);
    },

    async state(queue, id) {
      const looking = queueOf(queue).getJobState(id);
      const state = await engineCall(`Looking for a job of ${queue}`, COMMAND_DEADLINE_MS, looking);
      if (state === 'active' || state === 'failed') return state;
      return state === 'completed' || state === 'unknown' ? 'gone' : 'waiting';
    },
  };
}
