import type { ProviderSlug } from '@lumenfall/contracts';
import { createMessage, listClaudes } from './anthropic/messages.js';
import { submitTask, taskResult } from './bfl/tasks.js';
import type { Handler } from './calls/handle-call.js';
import { cancelRequest, requestResult, requestStatus, submitToApp } from './fal/queue.js';
import { runWorkflow, submitWorkflow, workflowResult } from './fireworks/workflows.js';
import { generateContent } from './gemini/generate.js';
import { completeChat, listModels } from './openai/chat.js';
import { makeImages } from './openai/images.js';
import { deleteVideo, listVideos, pollVideo, submitVideo, videoContent } from './openai/videos.js';
import { cancelPrediction, createPrediction, getPrediction, listPredictions } from './replicate/predictions.js';
import { RunwareTasks } from './runware/tasks.js';
import { editImages, generateImages } from './xai/images.js';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
/** The path is what follows the provider's slug; its named groups become the handler's parameters. */
type Route = readonly [method: Method, path: RegExp, handler: Handler];

const OPENAI_CHAT: readonly Route[] = [
  ['POST', /^chat\/completions$/, completeChat],
  ['GET', /^models$/, listModels],
];

const OPENAI: readonly Route[] = [
  ...OPENAI_CHAT,
  ['POST', /^images\/(generations|edits)$/, makeImages],
  ['POST', /^videos$/, submitVideo],
  ['GET', /^videos$/, listVideos],
  ['GET', /^videos\/(?<id>[^/]+)$/, pollVideo],
  ['DELETE', /^videos\/(?<id>[^/]+)$/, deleteVideo],
  ['GET', /^videos\/(?<id>[^/]+)\/content$/, videoContent],
];

/** Every path of every provider. A path is answered by the first route that matches. */
const ROUTES: Readonly<Record<ProviderSlug, readonly Route[]>> = {
  openrouter: OPENAI_CHAT,
  openai: OPENAI,
  'openai-compatible': OPENAI,
  anthropic: [
    ['POST', /^messages$/, createMessage],
    ['GET', /^models$/, listClaudes],
  ],
  gemini: [['POST', /^models\/(?<model>[^/]+):(?<method>\w+)$/, generateContent]],
  vertex: [
    [
      'POST',
      /^(projects\/[^/]+\/locations\/[^/]+\/)?publishers\/google\/models\/(?<model>[^/]+):(?<method>\w+)$/,
      generateContent,
    ],
  ],
  fal: [
    ['POST', /^(?<app>.+)$/, submitToApp],
    ['GET', /^[^/]+\/[^/]+\/requests\/(?<id>[^/]+)\/status$/, requestStatus],
    ['GET', /^[^/]+\/[^/]+\/requests\/(?<id>[^/]+)$/, requestResult],
    ['PUT', /^[^/]+\/[^/]+\/requests\/(?<id>[^/]+)\/cancel$/, cancelRequest],
  ],
  replicate: [
    ['POST', /^models\/(?<name>[^/]+\/[^/]+)\/predictions$/, createPrediction],
    ['POST', /^predictions$/, createPrediction],
    ['GET', /^predictions$/, listPredictions],
    ['GET', /^predictions\/(?<id>[^/]+)$/, getPrediction],
    ['POST', /^predictions\/(?<id>[^/]+)\/cancel$/, cancelPrediction],
  ],
  bfl: [
    ['GET', /^get_result$/, taskResult],
    ['POST', /^(?<model>[^/]+)$/, submitTask],
  ],
  xai: [
    ['POST', /^images\/generations$/, generateImages],
    ['POST', /^images\/edits$/, editImages],
  ],
  fireworks: [
    ['POST', /^workflows\/(?<model>accounts\/[^/]+\/models\/[^/]+)\/text_to_image$/, runWorkflow],
    ['POST', /^workflows\/(?<model>accounts\/[^/]+\/models\/[^/]+)\/get_result$/, workflowResult],
    ['POST', /^workflows\/(?<model>accounts\/[^/]+\/models\/[^/]+)$/, submitWorkflow],
  ],
  runware: [['POST', /^$/, new RunwareTasks().run]],
};

export interface FoundRoute {
  handler: Handler;
  params: Readonly<Record<string, string>>;
}

/** @param url with the slug and, perhaps, a query */
export function findRoute(provider: ProviderSlug, method: string, url: string): FoundRoute | null {
  const path = decoded((url.split('?', 1)[0] ?? '').replace(/^\/[^/]+\/?/, ''));
  for (const [known, pattern, handler] of ROUTES[provider]) {
    const match = known === method ? pattern.exec(path) : null;
    if (match !== null) return { handler, params: match.groups ?? {} };
  }
  return null;
}

/** A path that is not percent-encoded as it should be is taken as it is. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
