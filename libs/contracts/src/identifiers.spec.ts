import { newKsuid, newRequestId, parseRequestId, requestIdSchema, videoIdOf } from './identifiers.js';

describe('ids', () => {
  it('are all different, and ordered by their second', () => {
    const ids = Array.from({ length: 2_000 }, newKsuid);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[0-9A-Za-z]{27}$/);
    expect((ids.at(-1) ?? '').slice(0, 4) >= (ids[0] ?? '').slice(0, 4)).toBe(true);
  });

  it('are found in either form, and nothing else is', () => {
    const id = newRequestId();
    expect(requestIdSchema.safeParse(id).success).toBe(true);
    expect([parseRequestId(id), parseRequestId(videoIdOf(id))]).toEqual([id, id]);
    for (const text of ['', 'req_', 'req_1', `job_${id.slice(4)}`, `${id}x`]) expect(parseRequestId(text)).toBeNull();
  });
});
