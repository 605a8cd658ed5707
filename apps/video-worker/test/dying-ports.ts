import type { VideoPorts } from '../src/videos/video-moves.js';

export interface Death {
  /** Dies when this many calls to the outside have had their effect; Infinity: never. */
  after: number;
  calls: string[];
  /** Resolves at the moment of death. */
  dead: Promise<void>;
}

/**
 * The ports of a process that is killed after its `after`th call to the outside: the call has its effect, but never
 * returns, and nothing that the process would do next is done; no `catch` and no `finally` runs, as in a real kill.
 */
export function dyingPorts(ports: VideoPorts, after: number): { ports: VideoPorts; death: Death } {
  let die: () => void = () => undefined;
  const death: Death = { after, calls: [], dead: new Promise((resolve) => (die = resolve)) };
  const never = new Promise<never>(() => undefined);
  if (after === 0) die();

  const mortal = <A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      if (death.calls.length >= after) return never;
      death.calls.push(name);
      const isLast = death.calls.length >= after;
      const result = await call(...args);
      if (!isLast) return result;
      die();
      return never;
    };
  };
  const { videos, producer, usage, store } = ports;
  return {
    death,
    ports: {
      ...ports,
      videos: {
        get: mortal('get', videos.get),
        move: mortal('move', videos.move),
        isTaken: mortal('isTaken', videos.isTaken),
        findOverdue: mortal('findOverdue', videos.findOverdue),
        findUnrecorded: mortal('findUnrecorded', videos.findUnrecorded),
        withdrawForgotten: mortal('withdrawForgotten', videos.withdrawForgotten),
        forgetExpired: mortal('forgetExpired', videos.forgetExpired),
      },
      producer: {
        // Generic in the job's name; the wrapper passes both through untouched.
        enqueue: mortal(
          'enqueue',
          producer.enqueue as (...args: unknown[]) => Promise<void>,
        ) as typeof producer.enqueue,
        depth: mortal('depth', producer.depth),
        state: mortal('state', producer.state),
      },
      usage: { append: mortal('append', usage.append), mayHave: mortal('mayHave', usage.mayHave) },
      fetchMedia: mortal('fetchMedia', ports.fetchMedia),
      store: {
        save: mortal('save', store.save),
        open: mortal('open', store.open),
        remove: mortal('remove', store.remove),
      },
      clients: (provider) =>
        ports.clients(provider).map(({ adapter: { submit, poll, cancel }, endpoint }) => ({
          endpoint,
          adapter: {
            reports: [],
            submit: mortal('submit', submit),
            poll: mortal('poll', poll),
            cancel: mortal('cancel', cancel),
          },
        })),
    },
  };
}
