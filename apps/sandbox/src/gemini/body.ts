import { z } from 'zod';
import type { Tokenizer } from '../tokens/tokenizer.js';

const inlineDataSchema = z.looseObject({ mimeType: z.string(), data: z.string() });
const partSchema = z.looseObject({
  text: z.string().optional(),
  inlineData: inlineDataSchema.optional(),
  functionCall: z.looseObject({ name: z.string() }).optional(),
  functionResponse: z.looseObject({ name: z.string(), response: z.record(z.string(), z.unknown()) }).optional(),
  thoughtSignature: z.string().optional(),
});
const functionSchema = z.looseObject({
  name: z.string().min(1),
  parameters: z.unknown().optional(),
  parametersJsonSchema: z.unknown().optional(),
});
const contentSchema = z.looseObject({ role: z.string().optional(), parts: z.array(partSchema).min(1) });

/** The part of a `generateContent` request that the sandbox acts on. */
export const geminiBodySchema = z.looseObject({
  contents: z.array(contentSchema).min(1),
  systemInstruction: z.looseObject({ parts: z.array(partSchema) }).optional(),
  generationConfig: z
    .looseObject({
      responseModalities: z.array(z.string()).optional(),
      maxOutputTokens: z.int().positive().optional(),
      candidateCount: z.int().min(1).max(8).optional(),
      responseMimeType: z.string().optional(),
      responseSchema: z.unknown().optional(),
      responseJsonSchema: z.unknown().optional(),
      thinkingConfig: z.looseObject({ includeThoughts: z.boolean().optional() }).optional(),
      imageConfig: z.looseObject({ aspectRatio: z.string().optional(), imageSize: z.string().optional() }).optional(),
    })
    .optional(),
  tools: z.array(z.looseObject({ functionDeclarations: z.array(functionSchema).optional() })).optional(),
  toolConfig: z
    .looseObject({
      functionCallingConfig: z
        .looseObject({ mode: z.string().optional(), allowedFunctionNames: z.array(z.string()).optional() })
        .optional(),
    })
    .optional(),
});
export type GeminiBody = z.infer<typeof geminiBodySchema>;

type Content = GeminiBody['contents'][number];

const textOf = (content: Pick<Content, 'parts'>): string =>
  content.parts.flatMap((part) => (part.text === undefined ? [] : [part.text])).join('\n');

/** The last content of the user: directives are read from it, images show it. */
export const promptOf = (body: GeminiBody): string => {
  const last = body.contents.findLast((content) => content.role === undefined || content.role === 'user');
  return last === undefined ? '' : textOf(last);
};

/** The files that were sent, in order. */
export const sentFiles = (body: GeminiBody): { mimeType: string; bytes: Uint8Array }[] =>
  body.contents.flatMap((content) =>
    content.parts.flatMap(({ inlineData }) =>
      inlineData === undefined
        ? []
        : [{ mimeType: inlineData.mimeType, bytes: Buffer.from(inlineData.data, 'base64') }],
    ),
  );

/** Input tokens of a file that was sent. */
const SENT_FILE_TOKENS = 560;

export interface PromptUsage {
  tokens: number;
  details: { modality: string; tokenCount: number }[];
}

/** The tokens of the prompt, by modality. */
export async function promptUsage(body: GeminiBody, tokenizer: Tokenizer): Promise<PromptUsage> {
  const system = body.systemInstruction === undefined ? [] : [body.systemInstruction];
  const tokens = await tokenizer.count([...system, ...body.contents].map(textOf));
  const counts = new Map([['TEXT', tokens]]);
  for (const { mimeType } of sentFiles(body)) {
    const modality = modalityOf(mimeType);
    counts.set(modality, (counts.get(modality) ?? 0) + SENT_FILE_TOKENS);
  }
  const details = [...counts].map(([modality, tokenCount]) => ({ modality, tokenCount }));
  return { tokens: details.reduce((sum, { tokenCount }) => sum + tokenCount, 0), details };
}

const modalityOf = (mimeType: string): string =>
  mimeType.startsWith('image/')
    ? 'IMAGE'
    : mimeType.startsWith('audio/')
      ? 'AUDIO'
      : mimeType.startsWith('video/')
        ? 'VIDEO'
        : 'DOCUMENT';
