import { fileURLToPath } from 'node:url';

/**
 * Where a thread's script lies: next to this file in the sources, next to the bundle once it is built (the build copies
 * `*-thread.mjs` there).
 */
export const scriptPath = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));
