import { z } from 'zod';

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

/** As much of a `generateContent` request as the sandbox acts on. */
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

/** Where directives are looked for and what is drawn: the last content of the user. */
export const promptOf = (body: GeminiBody): string => {
  const last = body.contents.findLast((content) => content.role === undefined || content.role === 'user');
  return last === undefined ? '' : textOf(last);
};

/** Everything that counts as input text. */
export const textsOf = (body: GeminiBody): string[] => [
  ...(body.systemInstruction === undefined ? [] : [textOf(body.systemInstruction)]),
  ...body.contents.map(textOf),
];

/** Files sent along, in order. */
export const sentFiles = (body: GeminiBody): { mimeType: string; bytes: Uint8Array }[] =>
  body.contents.flatMap((content) =>
    content.parts.flatMap(({ inlineData }) =>
      inlineData === undefined
        ? []
        : [{ mimeType: inlineData.mimeType, bytes: Buffer.from(inlineData.data, 'base64') }],
    ),
  );
