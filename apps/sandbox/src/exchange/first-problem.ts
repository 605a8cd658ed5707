import type { z } from 'zod';

/** The first thing wrong with a body, with the field that is to blame. */
export function firstProblem(error: z.ZodError): { field: string | null; message: string } {
  const issue = error.issues[0];
  if (issue === undefined) return { field: null, message: 'Invalid body.' };
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    return { field: key, message: `Unknown parameter: '${key}'.` };
  }
  const field = issue.path.map(String).join('.');
  return { field: field === '' ? null : field, message: issue.message };
}
