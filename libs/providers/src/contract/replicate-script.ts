import { fixtureJson, recorded, type Heard, type Reply } from './replay-server.js';

const REAL = 'https://api.replicate.com/v1';

/** A recorded answer with the addresses that the replaying server would return. For tests. */
export function replicateRecorded(name: string, base: string, more: Reply = {}): Reply {
  const body = JSON.stringify(fixtureJson('replicate', name)).replaceAll(REAL, base);
  return { ...recorded('replicate', name, more), body };
}

/** A server that has one prediction: accepted with any POST, then as the fixture tells. */
export const replicateSays =
  (later: string, first = 'starting.json') =>
  (request: Heard): Reply =>
    replicateRecorded(request.method === 'POST' ? first : later, `http://${request.headers.host}/replicate`, {
      status: request.method === 'POST' ? 201 : 200,
    });
