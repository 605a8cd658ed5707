interface Running {
  stop(): Promise<void>;
}

const holder = globalThis as { lumenfallTestServices?: Running[] };

/** What the set-up started and the tear-down stops. Global, because Jest may load the two as separate module graphs. */
export const running: Running[] = (holder.lumenfallTestServices ??= []);
