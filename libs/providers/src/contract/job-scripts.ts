import { fixtureJson, recorded, type ReceivedRequest, type Reply } from './replay-server.js';

/** A BFL server with one task: any POST submits it; polls return the fixture. */
export const bflReplies =
  (state: string) =>
  (request: ReceivedRequest): Reply => {
    if (request.method !== 'POST') return recorded('bfl', state);
    const submitted = JSON.stringify(fixtureJson('bfl', 'submitted.json'));
    return { body: submitted.replace('https://api.eu4.bfl.ai/v1', `http://${request.headers.host}/bfl`) };
  };

const FAL = 'https://queue.fal.run/fal-ai/kling-video';
export const FAL_JOB = '764cabcf-b745-4b3e-ae38-1200304cf45b';

/** A recorded answer of fal whose URLs lead to the replay server. */
export function falRecorded(name: string, request: ReceivedRequest, more: Reply = {}): Reply {
  const app = request.path.split('/').slice(1, 4).join('/');
  const body = JSON.stringify(fixtureJson('fal', name)).replaceAll(FAL, `http://${request.headers.host}/${app}`);
  return { ...recorded('fal', name, more), body };
}

/** A fal server with one job: any POST submits it, any PUT cancels it, polls return the fixtures. */
export const falReplies =
  (status: string, result: string, more: Reply = {}) =>
  (request: ReceivedRequest): Reply => {
    if (request.method === 'POST') return falRecorded('submitted.json', request);
    if (request.method === 'PUT') return { status: 202, body: '{"status":"CANCELLATION_REQUESTED"}' };
    return request.path.endsWith('/status') ? falRecorded(status, request) : falRecorded(result, request, more);
  };

const REPLICATE = 'https://api.replicate.com/v1';

/** A recorded answer of Replicate whose URLs lead to `base`. */
export function replicateRecorded(name: string, base: string, more: Reply = {}): Reply {
  const body = JSON.stringify(fixtureJson('replicate', name)).replaceAll(REPLICATE, base);
  return { ...recorded('replicate', name, more), body };
}

/** A Replicate server with one prediction: any POST creates it, polls return the fixture. */
export const replicateReplies =
  (later: string, first = 'starting.json') =>
  (request: ReceivedRequest): Reply =>
    replicateRecorded(request.method === 'POST' ? first : later, `http://${request.headers.host}/replicate`, {
      status: request.method === 'POST' ? 201 : 200,
    });
