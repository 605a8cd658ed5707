import { endedRequest, eventually } from './account.js';
import type { Stack } from './stacks.js';

/**
 * Waits until a chat with the model goes to the provider first. After a test in which it failed, or was denied to the
 * organization, that takes some seconds: files of tests share their stack.
 */
export async function untilFirstChoice(stack: Stack, model: string, provider: string): Promise<void> {
  await eventually(
    async () => {
      const body = { model, messages: [{ role: 'user', content: 'Hi' }] };
      const response = await stack.request('/openai/v1/chat/completions', { method: 'POST', body });
      const answer = (await response.json()) as { lumenfall?: { attempts: { provider: string }[] } };
      // Recorded, so that no balance is read before it that is compared after it.
      await endedRequest(stack, response.headers.get('x-lumenfall-request-id') ?? '');
      return answer.lumenfall?.attempts[0]?.provider;
    },
    (first) => first === provider,
  );
}
