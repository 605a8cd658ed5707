import { apiError, fail, succeed, type HoldOwner } from '@lumenfall/contracts';
import { createLogger } from '@lumenfall/service-kit';
import { HoldReleases } from './hold-releases.js';

const owner = (requestId: string): HoldOwner => ({ requestId, organizationId: 'org_1', modality: 'image' });
const log = createLogger('test', 'silent');
const until = async (check: () => boolean): Promise<void> => {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 1));
};

describe('the releases of holds', () => {
  it('are repeated until billing answers, and the refused request does not wait for that', async () => {
    let calls = 0;
    const released: string[] = [];
    const release = async (holds: readonly HoldOwner[]) => {
      calls += 1;
      if (calls <= 3) return fail(apiError('OVERLOADED', 'down'));
      released.push(...holds.map(({ requestId }) => requestId));
      return succeed(undefined);
    };
    const releases = new HoldReleases({ release }, log, { attempts: 5, firstMs: 1, longestMs: 2 });
    await releases.release(owner('req_1'));
    await until(() => released.length > 0);
    expect([calls, released]).toEqual([4, ['req_1']]);
  });

  it('are given up after some attempts, which is not an error of the request', async () => {
    let calls = 0;
    const release = async () => ((calls += 1), fail(apiError('OVERLOADED', 'down')));
    const releases = new HoldReleases({ release }, log, { attempts: 3, firstMs: 1, longestMs: 1 });
    await expect(releases.release(owner('req_1'))).resolves.toBeUndefined();
    await until(() => calls === 3);
  });

  it('of many requests share calls while billing is slow', async () => {
    const sizes: number[] = [];
    const release = async (holds: readonly HoldOwner[]) => {
      sizes.push(holds.length);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return succeed(undefined);
    };
    const releases = new HoldReleases({ release }, log);
    await Promise.all(Array.from({ length: 300 }, (_, at) => releases.release(owner(`req_${at}`))));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(300);
    expect(sizes.length).toBeLessThanOrEqual(6);
  });
});
