import { nativeList } from './native-list.js';

const data = [{ id: 'b' }, { id: 'a' }];

describe('a native list', () => {
  it('keeps every filter in its page addresses, and replaces the cursor', () => {
    const query = { limit: '2', status: 'completed', created_after: '2026-01-01T00:00:00+01:00', starting_after: 'c' };
    const list = nativeList('/v1/requests', query, { data, hasOlder: true, hasNewer: true });
    expect(Object.fromEntries(new URL(list.next_page_url ?? '', 'http://x').searchParams)).toEqual({
      starting_after: 'a',
      limit: '2',
      status: 'completed',
      created_after: '2026-01-01T00:00:00+01:00',
    });
    expect(list.previous_page_url).toMatch(/^\/v1\/requests\?ending_before=b&limit=2&/);
  });

  it.each([[{ data, hasOlder: false, hasNewer: false }], [{ data: [], hasOlder: true, hasNewer: true }]])(
    'has no further page: %p',
    (page) => {
      expect(nativeList('/v1/keys', {}, page)).toMatchObject({
        object: 'list',
        next_page_url: null,
        previous_page_url: null,
      });
    },
  );
});
