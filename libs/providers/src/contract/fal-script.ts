import { fixtureJson, recorded, type Heard, type Reply } from './replay-server.js';

const REAL = 'https://queue.fal.run/fal-ai/kling-video';
export const JOB = '764cabcf-b745-4b3e-ae38-1200304cf45b';

/** A recorded answer with the addresses that the replaying server would return. For tests. */
export function falRecorded(name: string, request: Heard, more: Reply = {}): Reply {
  const app = request.path.split('/').slice(1, 4).join('/');
  const body = JSON.stringify(fixtureJson('fal', name)).replaceAll(REAL, `http://${request.headers.host}/${app}`);
  return { ...recorded('fal', name, more), body };
}

/** A server that has one job: submitted with any POST, then in the given state. */
export const falSays =
  (status: string, result: string, more: Reply = {}) =>
  (request: Heard): Reply => {
    if (request.method === 'POST') return falRecorded('submitted.json', request);
    if (request.method === 'PUT') return { status: 202, body: '{"status":"CANCELLATION_REQUESTED"}' };
    return request.path.endsWith('/status') ? falRecorded(status, request) : falRecorded(result, request, more);
  };
