import type { ChatBody } from '@lumenfall/contracts';
import { readToolChoice, readTools, type ToolChoice } from '../chat/tool-messages.js';
import { anthropicSchema } from './json-schema.js';

export interface AnthropicTools {
  tools?: unknown[];
  tool_choice?: { type: 'auto' | 'any' | 'none' | 'tool'; name?: string; disable_parallel_tool_use?: boolean };
}

/** Functions in Anthropic's form; its own tools (web search ...) go on as they came. */
export function anthropicTools(body: ChatBody): AnthropicTools {
  const { functions, others } = readTools(body);
  if (functions.length + others.length === 0) return {};
  const tools = functions.map(({ name, description, parameters, strict, cache }) => ({
    name,
    ...(description === null ? {} : { description }),
    // A schema that is kept strictly has to be one that can be.
    input_schema: strict ? anthropicSchema(parameters ?? NOTHING) : (parameters ?? NOTHING),
    ...(strict ? { strict } : {}),
    ...(cache === undefined ? {} : { cache_control: cache }),
  }));
  const choice = choiceOf(readToolChoice(body['tool_choice']), body['parallel_tool_calls'] === false);
  return { tools: [...tools, ...others], ...(choice === null ? {} : { tool_choice: choice }) };
}

const NOTHING = { type: 'object', properties: {} };

function choiceOf(choice: ToolChoice | null, oneAtATime: boolean): AnthropicTools['tool_choice'] | null {
  const single = oneAtATime ? { disable_parallel_tool_use: true } : {};
  switch (choice?.kind) {
    case 'none':
      return { type: 'none' };
    case 'required':
      return { type: 'any', ...single };
    case 'function':
      return { type: 'tool', name: choice.name, ...single };
    case 'auto':
      return { type: 'auto', ...single };
    case undefined:
      return oneAtATime ? { type: 'auto', ...single } : null;
  }
}
