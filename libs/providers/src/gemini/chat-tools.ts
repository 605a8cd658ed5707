import type { ChatBody } from '@lumenfall/contracts';
import { readToolChoice, readTools, type ToolChoice } from '../chat/tool-messages.js';
import { geminiSchema } from './json-schema.js';

/** Functions in Gemini's form; its own tools (`{"googleSearch": {}}` ...) go on as they came. */
export function geminiTools(body: ChatBody): Record<string, unknown> {
  const { functions, others } = readTools(body);
  if (functions.length + others.length === 0) return {};
  const declarations = functions.map(({ name, description, parameters }) => ({
    name,
    ...(description === null ? {} : { description }),
    ...(parameters === null ? {} : { parametersJsonSchema: geminiSchema(parameters) }),
  }));
  const choice = readToolChoice(body['tool_choice']);
  return {
    tools: [...(declarations.length > 0 ? [{ functionDeclarations: declarations }] : []), ...others],
    ...(choice === null ? {} : { toolConfig: { functionCallingConfig: configOf(choice) } }),
  };
}

// Gemini cannot be told to make one call at a time: `parallel_tool_calls` finds no place here.
function configOf(choice: ToolChoice): Record<string, unknown> {
  switch (choice.kind) {
    case 'auto':
      return { mode: 'AUTO' };
    case 'none':
      return { mode: 'NONE' };
    case 'required':
      return { mode: 'ANY' };
    case 'function':
      return { mode: 'ANY', allowedFunctionNames: [choice.name] };
  }
}
