import { Worker } from 'node:worker_threads';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

interface Reply {
  id: number;
  value?: unknown;
  error?: string;
}

/**
 * A worker thread that starts with its first task and ends when it has been idle, which frees its memory.
 * The script answers every message `{id, task}` with `{id, value}` or `{id, error}`.
 */
export class IdleThread<Task, Value> {
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | null = null;
  #nextId = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** @param script path of an ES module; plain JavaScript, since a thread loads it without a build */
  constructor(
    private readonly script: string,
    private readonly idleMs: number,
  ) {}

  run(task: Task, transfer: ArrayBuffer[] = []): Promise<Value> {
    const worker = (this.#worker ??= this.#start());
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise<Value>((resolve, reject) => {
      // The script's contract: what it sends back for a Task is a Value.
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      worker.ref();
      worker.postMessage({ id, task }, transfer);
    });
  }

  /** Ends the thread; running tasks fail. A later task starts it again. */
  async close(): Promise<void> {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    const worker = this.#worker;
    this.#worker = null;
    this.#failAll(new Error('The thread was closed.'));
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.script);
    worker.on('message', (reply: Reply) => this.#settle(reply));
    worker.on('error', (error: Error) => this.#lose(worker, error));
    worker.on('exit', () => this.#lose(worker, new Error('The thread ended before it answered.')));
    return worker;
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.error === undefined) waiting?.resolve(reply.value);
    else waiting?.reject(new Error(reply.error));
    if (this.#waiting.size > 0) return;
    // An idle thread must not keep the process alive.
    this.#worker?.unref();
    this.#idle = setTimeout(() => void this.close(), this.idleMs);
    this.#idle.unref();
  }

  #lose(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#failAll(error);
  }

  #failAll(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
