import { LocalServer } from './local-server.js';

/** What the gateway reads of OpenRouter at `/openrouter/models`, as a base URL for `SANDBOX_URL`. */
export class ModelListStandIn {
  /** 503 while it is false. */
  up = true;
  asked = 0;
  models: Record<string, unknown>[] = [listed('deepseek/deepseek-v3.2', '0.00000025', '0.00000038')];
  readonly #server = new LocalServer((request, response) => {
    const found = request.url === '/openrouter/models' && this.up;
    this.asked += 1;
    response.writeHead(found ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ? { data: this.models } : { error: { code: 503, message: 'down' } }));
  });

  start(): Promise<string> {
    return this.#server.start();
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}

export const listed = (id: string, prompt: string, completion: string): Record<string, unknown> => ({
  id,
  name: `Listed ${id}`,
  created: 1_760_000_000,
  context_length: 131_072,
  architecture: { input_modalities: ['text'], output_modalities: ['text'] },
  pricing: { prompt, completion },
  supported_parameters: ['tools'],
});
