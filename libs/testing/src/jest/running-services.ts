interface Running {
  close(): Promise<void>;
}

const holder = globalThis as { lumenfallTestServices?: Running[] };

/**
 * Started by the set-up and closed by the tear-down. Global, because Jest may load the two as separate module graphs.
 */
export const running: Running[] = (holder.lumenfallTestServices ??= []);
