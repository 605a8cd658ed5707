import { isPublicAddress, judgeMediaAddress, onOwnOrigin } from './addresses.js';

const REAL = {
  provider: 'fal',
  baseUrl: 'https://queue.fal.run',
  apiKey: 'k',
  credential: 'test',
  sandbox: false,
} as const;
const LOCAL = {
  provider: 'openai-compatible',
  baseUrl: 'http://10.0.0.5:8000/v1',
  apiKey: '',
  credential: 'test',
  sandbox: false,
} as const;
const SANDBOX = {
  provider: 'fal',
  baseUrl: 'http://127.0.0.1:4010/fal',
  apiKey: 'sandbox',
  credential: 'test',
  sandbox: true,
} as const;

describe('judgeMediaAddress', () => {
  it.each([
    [REAL, 'https://v3.fal.media/files/a.mp4', 'public'],
    [REAL, 'https://queue.fal.run/x', 'own'],
    [REAL, 'http://v3.fal.media/files/a.mp4', null],
    [REAL, 'https://127.0.0.1/x', null],
    [REAL, 'https://2130706433/x', null], // 127.0.0.1 as one number
    [REAL, 'https://0x7f.1/x', null],
    [REAL, 'https://169.254.169.254/latest/meta-data', null],
    [REAL, 'https://[::1]/x', null],
    [REAL, 'https://[::ffff:10.0.0.1]/x', null],
    [REAL, 'https://8.8.8.8/x', 'public'],
    [REAL, 'https://user:pass@v3.fal.media/x', null],
    [REAL, 'ftp://v3.fal.media/x', null],
    [REAL, 'file:///etc/passwd', null],
    [REAL, 'not a url', null],
    [LOCAL, 'http://10.0.0.5:8000/v1/videos/v/content', 'own'],
    [LOCAL, 'http://10.0.0.5:9000/x', null],
    [SANDBOX, 'http://127.0.0.1:4010/files/a.mp4', 'own'],
    [SANDBOX, 'http://sandbox:4010/files/a.mp4', 'open'],
  ])('%j: %s may be fetched as %p', (endpoint, url, judged) => expect(judgeMediaAddress(url, endpoint)).toBe(judged));
});

describe('isPublicAddress', () => {
  it.each([
    ['8.8.8.8', true],
    ['2606:4700::1111', true],
    ['10.1.2.3', false],
    ['172.31.255.255', false],
    ['172.32.0.1', true],
    ['192.168.0.1', false],
    ['100.64.0.1', false],
    ['0.0.0.0', false],
    ['224.0.0.1', false],
    ['255.255.255.255', false],
    ['::', false],
    ['fe80::1', false],
    ['fd12:3456::1', false],
    ['::ffff:192.168.1.1', false],
    ['::ffff:8.8.8.8', true],
    ['64:ff9b::a00:1', false],
    ['2002:a00:1::', false],
    ['localhost', false],
  ])('of %s is %p', (address, isPublic) => expect(isPublicAddress(address)).toBe(isPublic));
});

describe('onOwnOrigin', () => {
  it.each([
    ['https://queue.fal.run/fal-ai/x', true],
    ['https://queue.fal.run:443/fal-ai/x', true],
    ['https://queue.fal.run.evil.com/x', false],
    ['https://queue.fal.run@evil.com/x', false],
    ['https://evil.com@queue.fal.run/x', false],
    ['http://queue.fal.run/x', false],
    ['https://queue.fal.run:8443/x', false],
    ['//queue.fal.run/x', false],
  ])('of %s is %p', (url, own) => expect(onOwnOrigin(url, REAL)).toBe(own));
});
