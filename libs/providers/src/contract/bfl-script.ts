import { fixtureJson, recorded, type Heard, type Reply } from './replay-server.js';

/** A server that has one task: accepted with any POST, then as the fixture tells. */
export const bflSays =
  (state: string) =>
  (request: Heard): Reply => {
    if (request.method !== 'POST') return recorded('bfl', state);
    const submitted = JSON.stringify(fixtureJson('bfl', 'submitted.json'));
    return { body: submitted.replace('https://api.eu4.bfl.ai/v1', `http://${request.headers.host}/bfl`) };
  };
