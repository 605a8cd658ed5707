import type { ImageRequest } from '@lumenfall/contracts';
import { readParameterTable, upstreamParameters } from '@lumenfall/catalog';
import { base64Of } from '../http/index.js';
import type { ImageCallContext } from '../spec/index.js';

/** The body of `:generateContent`. Parameters that the request leaves open are not sent: the model's defaults apply. */
export function geminiImageRequest(
  request: ImageRequest,
  { parameters, files }: Pick<ImageCallContext, 'parameters' | 'files'>,
): Record<string, unknown> {
  const { prompt, generationConfig, ...fields } = upstreamParameters(readParameterTable(parameters), request);
  const inputs = files.map((file) => ({ inlineData: { mimeType: file.contentType, data: base64Of(file) } }));
  return {
    ...fields,
    contents: [{ role: 'user', parts: [{ text: prompt }, ...inputs] }],
    generationConfig: {
      ...(typeof generationConfig === 'object' ? generationConfig : {}),
      responseModalities: ['IMAGE'],
    },
  };
}
