import { finishOf } from './finish-reasons.js';

describe('finishOf', () => {
  it.each([
    ['stop', 'stop'],
    ['STOP', 'stop'],
    ['end_turn', 'stop'],
    ['eos', 'stop'],
    ['eos_token', 'stop'],
    ['COMPLETE', 'stop'],
    ['length', 'length'],
    ['max_tokens', 'length'],
    ['MAX_TOKENS', 'length'],
    ['model_length', 'length'],
    ['tool_use', 'tool_calls'],
    ['TOOL_CALL', 'tool_calls'],
    ['function_call', 'function_call'],
    ['SAFETY', 'content_filter'],
    ['content-filter', 'content_filter'],
    ['refusal', 'content_filter'],
    ['other', 'stop'],
    ['error', 'error'],
    ['insufficient_system_resource', 'error'],
    ['MALFORMED_FUNCTION_CALL', 'error'],
  ])('reads %s as %s', (word, finish) => expect(finishOf(word, false)).toBe(finish));

  it('reads an unknown word as stop, and as tool_calls after tool calls', () => {
    expect([finishOf('whatever', false), finishOf('whatever', true)]).toEqual(['stop', 'tool_calls']);
  });
});
