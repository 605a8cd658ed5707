import { hostname } from 'node:os';
import { isOwnAddress } from './own-address.js';

describe('isOwnAddress', () => {
  const own = { PORT: 3000, PUBLIC_URL: 'https://ai.example.com/' };
  it.each([
    ['http://localhost:3000/openai/v1', true],
    ['http://LOCALHOST:3000', true],
    ['http://127.0.0.1:3000/openai/v1', true],
    ['http://127.0.0.53:3000', true],
    ['http://[::1]:3000/v1', true],
    ['http://0.0.0.0:3000/v1', true],
    ['http://gateway.localhost:3000', true],
    [`http://${hostname()}:3000/openai/v1`, true],
    ['https://ai.example.com/openai/v1', true],
    ['https://ai.example.com:443/openai/v1', true],
    ['http://ai.example.com/openai/v1', false],
    ['http://localhost:11434/v1', false],
    ['https://api.openai.com/v1', false],
    ['https://api.groq.com/openai/v1', false],
    ['https://openai.example.com:3000/v1', false],
  ])('of %s is %p', (url, expected) => expect(isOwnAddress(url, own)).toBe(expected));

  it('reads a port that is text, and the default ports of the schemes', () => {
    expect(isOwnAddress('http://localhost/openai/v1', { PORT: '80' })).toBe(true);
    expect(isOwnAddress('https://localhost/openai/v1', { PORT: '443' })).toBe(true);
    expect(isOwnAddress('https://localhost/openai/v1', { PORT: '80' })).toBe(false);
  });

  it('is false without a port and a public URL', () => {
    expect(isOwnAddress('http://localhost:3000/openai/v1', {})).toBe(false);
    expect(isOwnAddress('http://localhost:3000/openai/v1', { PORT: 0, PUBLIC_URL: '' })).toBe(false);
  });
});
