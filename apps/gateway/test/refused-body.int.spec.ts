import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { RunningGateway } from './running-gateway.js';

const PIECE = Buffer.alloc(1024 * 1024, 'x');

describe('a body that is too large', () => {
  let gateway: RunningGateway;
  beforeAll(async () => void (gateway = await new RunningGateway().start()));
  afterAll(() => gateway.stop());

  /** As a client behind a slow line does: the answer is read only when everything has been sent. */
  async function sendSlowly(megabytes: number): Promise<number> {
    const call = request(`${gateway.service.url}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${gateway.key}`,
        'content-type': 'application/json',
        'content-length': megabytes * PIECE.length,
      },
    });
    const status = new Promise<number>((resolve, reject) => {
      call.on('response', (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
      });
      call.on('error', reject);
    });
    // `status` shows the error; later writes fail.
    status.catch(() => undefined);
    for (let sent = 0; sent < megabytes; sent += 1) {
      call.write(PIECE);
      await pause(10);
    }
    call.end();
    return status;
  }

  it('is refused with an answer that also a client reads that is still sending', async () => {
    expect(await sendSlowly(40)).toBe(413);
  });
});
