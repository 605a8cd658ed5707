interface Waiting {
  text: string;
  done: () => void;
  failed: (error: unknown) => void;
}

const MAX_BATCH_CHARS = 1024 * 1024;

/** Sends one batch at a time; what arrives meanwhile makes the next. A batch that fails fails for each of its texts. */
export class BatchedSender {
  #waiting: Waiting[] = [];
  #sending = false;

  constructor(private readonly sendBatch: (texts: string[]) => Promise<unknown>) {}

  /** Resolves when the batch with this text has been sent. */
  send(text: string): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ text, done, failed });
      if (!this.#sending) void this.#drain();
    });
  }

  idle(): boolean {
    return !this.#sending && this.#waiting.length === 0;
  }

  async #drain(): Promise<void> {
    this.#sending = true;
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      try {
        await this.sendBatch(batch.map(({ text }) => text));
        batch.forEach(({ done }) => done());
      } catch (error) {
        batch.forEach(({ failed }) => failed(error));
      }
    }
    this.#sending = false;
  }

  /** At least one text, more while they fit together. */
  #takeBatch(): Waiting[] {
    let chars = 0;
    const fit = this.#waiting.findIndex(({ text }) => (chars += text.length) > MAX_BATCH_CHARS);
    return this.#waiting.splice(0, fit === -1 ? this.#waiting.length : Math.max(1, fit));
  }
}
