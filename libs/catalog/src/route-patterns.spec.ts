import { isAllowed, matchesPattern } from './route.js';

describe('matchesPattern', () => {
  it.each([
    ['openai/sora-2', 'openai/sora-2', true],
    ['openai/sora-2', 'openai/sora-2-pro', false],
    ['openai/sora-*', 'openai/sora-2', true],
    ['openai/*', 'openai-compatible/sora-2', false],
    ['openrouter/anthropic/*', 'openrouter/anthropic/claude-haiku-4.5', true],
    ['*/gemini-*-image', 'vertex/gemini-3-pro-image', true],
    ['*-image', 'vertex/gemini-3-pro-image-preview', false],
    ['*', 'fal/anything', true],
    ['fal/*a*b*', 'fal/xaxb', true],
    ['fal/*a*b', 'fal/ba', false],
    ['fal/ab*ba', 'fal/aba', false],
    ['fal/a.c', 'fal/abc', false],
    ['', 'fal/a', false],
  ])('%p on %p: %p', (pattern, name, expected) => expect(matchesPattern(pattern, name)).toBe(expected));
});

describe('isAllowed', () => {
  it.each([
    [{ allow: [], deny: [] }, true],
    [{ allow: [], deny: ['fal/*'] }, false],
    [{ allow: ['fal/kling-*'], deny: [] }, true],
    [{ allow: ['openai/*'], deny: [] }, false],
    [{ allow: ['*'], deny: ['*/kling-v3'] }, false],
  ])('%p', (rules, allowed) => expect(isAllowed(rules, 'fal', 'kling-v3')).toBe(allowed));
});
