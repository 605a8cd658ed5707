import type { ReplyMessage } from '@lumenfall/contracts';

/**
 * - `next`: the message continues the answer.
 * - `restart`: it begins a newer run (the worker of the earlier one died): what was received before is void.
 * - `stale`: an older run still speaks, or the message came twice.
 * - `gap`: something before it was lost.
 */
export type Verdict = 'next' | 'restart' | 'stale' | 'gap';

/** Watches the order of one request's reply messages. */
export class RunSequence {
  #run = 0;
  #next = 0;

  judge(message: Pick<ReplyMessage, 'run' | 'seq'>): Verdict {
    if (message.run < this.#run) return 'stale';
    if (message.run === this.#run) {
      if (message.seq < this.#next) return 'stale';
      if (message.seq > this.#next) return 'gap';
      this.#next += 1;
      return 'next';
    }
    const first = this.#run === 0;
    if (message.seq !== 0) return 'gap';
    this.#run = message.run;
    this.#next = 1;
    return first ? 'next' : 'restart';
  }
}
