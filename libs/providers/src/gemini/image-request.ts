import type { ImageRequest } from '@lumenfall/contracts';
import { readParameterTable, upstreamParameters } from '@lumenfall/catalog';
import { base64Of } from '../http/index.js';
import type { ImageCallContext } from '../spec/index.js';

/** The body of `:generateContent`. What was not asked for is not sent: the model's own default holds. */
export function geminiImageRequest(
  request: ImageRequest,
  { parameters, files }: Pick<ImageCallContext, 'parameters' | 'files'>,
): Record<string, unknown> {
  const { prompt, generationConfig, ...fields } = upstreamParameters(readParameterTable(parameters), request);
  const pictures = files.map((file) => ({ inlineData: { mimeType: file.contentType, data: base64Of(file) } }));
  return {
    ...fields,
    contents: [{ role: 'user', parts: [{ text: prompt }, ...pictures] }],
    generationConfig: {
      ...(typeof generationConfig === 'object' ? generationConfig : {}),
      responseModalities: ['IMAGE'],
    },
  };
}
