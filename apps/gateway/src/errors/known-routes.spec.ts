import { KnownRoutes, unknownPath } from './known-routes.js';

describe('the known routes', () => {
  const routes = new KnownRoutes();
  routes.add('POST', '/openai/v1/videos');
  routes.add(['GET', 'HEAD'], '/openai/v1/videos');
  routes.add('GET', '/openai/v1/videos/:id');
  routes.add('DELETE', '/openai/v1/videos/:id');
  routes.add('GET', '/v1/models/*');
  routes.add('OPTIONS', '*');

  it.each([
    ['/openai/v1/videos', ['GET', 'HEAD', 'POST']],
    ['/openai/v1/videos/video_1', ['DELETE', 'GET']],
    ['/openai/v1/videos/video_1/remix', []],
    ['/v1/models/google/gemini', ['GET']],
    ['/anything', []],
  ])('%s allows %p', (path, methods) => expect(routes.methodsAt(path)).toEqual(methods));
});

describe('an unknown path', () => {
  it.each([
    ['/openai/v1/videos/generations', 'Did you mean POST /openai/v1/videos?'],
    ['/openai/v1/images/variations', 'not offered'],
    ['/openai/v1/responses', 'Responses API is not offered'],
    ['/v1/embeddings', 'not offered'],
    ['/chat/completions', 'Did you mean /openai/v1/chat/completions?'],
    ['/openai/v1/images/generations/images/generations', '/openai/v1/images/generations?'],
    ['/openai/v1/balance', 'Did you mean /v1/balance?'],
    ['/', 'Unknown path: GET /'],
  ])('%s gets a hint', (path, hint) => {
    const error = unknownPath('GET', path);
    expect(error.code).toBe('NOT_FOUND');
    expect(error.message).toContain(hint);
  });

  it('does not echo an endless path', () => {
    expect(unknownPath('GET', `/${'x'.repeat(10_000)}`).message.length).toBeLessThan(300);
  });
});
