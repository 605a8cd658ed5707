import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';

type Reply<Value> = { value: Value } | { error: string };

/**
 * A worker thread that starts with its first task and ends when it has been idle, which frees its memory. Its script
 * answers every message `{ task, port }` on the port, with `{ value }` or `{ error }`.
 */
export class IdleThread<Task, Value> {
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | undefined;
  #running = 0;

  /** @param script path of an ES module; plain JavaScript, since a thread loads it without a build */
  constructor(
    private readonly script: string,
    private readonly idleMs: number,
  ) {}

  async run(task: Task): Promise<Value> {
    const worker = (this.#worker ??= this.#start());
    clearTimeout(this.#idle);
    this.#running += 1;
    worker.ref();
    const { port1, port2 } = new MessageChannel();
    worker.postMessage({ task, port: port2 }, [port2]);
    try {
      // The port closes without a message if the thread ends, and may do so before the thread's own exit event.
      const ended = once(port1, 'close').then(() => {
        this.#lose(worker);
        return [{ error: 'The thread ended before it answered.' }];
      });
      const [reply] = (await Promise.race([once(port1, 'message'), ended])) as [Reply<Value>];
      if ('error' in reply) throw new Error(reply.error);
      return reply.value;
    } finally {
      port1.close();
      this.#running -= 1;
      if (this.#running === 0) this.#rest(worker);
    }
  }

  /** Ends the thread; running tasks fail. A later task starts it again. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.script);
    const lose = (): void => this.#lose(worker);
    worker.on('error', lose).on('exit', lose);
    return worker;
  }

  #lose(worker: Worker): void {
    if (this.#worker === worker) this.#worker = null;
  }

  #rest(worker: Worker): void {
    // An idle thread must not keep the process alive.
    worker.unref();
    this.#idle = setTimeout(() => void this.close(), this.idleMs).unref();
  }
}
