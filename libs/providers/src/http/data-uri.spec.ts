import { bytesOfBase64, bytesOfDataUri, plainDataUri, readDataUri } from './data-uri.js';

const PNG = Buffer.from('\x89PNG\r\n\x1a\n, and what follows >>>???', 'latin1').toString('base64');
const JPEG = Buffer.from('\xff\xd8\xff\xe0\x00\x10JFIF', 'latin1').toString('base64');
const TEXT = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64');
const WEBP = Buffer.from('RIFF\x10\x00\x00\x00WEBPVP8 ', 'latin1').toString('base64');
const M4A = Buffer.from('\x00\x00\x00\x18ftypM4A ', 'latin1').toString('base64');

describe('readDataUri', () => {
  it.each<[string, string, string]>([
    [`data:image/png;base64,${PNG}`, 'image/png', PNG],
    [`data:image/jpg;base64,${JPEG}`, 'image/jpeg', JPEG],
    [` \n\tdata:image/png;base64,${PNG}`, 'image/png', PNG],
    [`DATA:IMAGE/PNG;name=fox.png;BASE64,${PNG}`, 'image/png', PNG],
    [`data:image/png;base64,${PNG.replace(/(.{20})/g, '$1\r\n')}`, 'image/png', PNG],
    [`data:image/png;base64, ${PNG} `, 'image/png', PNG],
    [`data:image/png;base64,${PNG.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`, 'image/png', PNG],
    [`data:image/png;base64,${encodeURIComponent(PNG)}`, 'image/png', PNG],
    [`data:image/png;base64,${JPEG}`, 'image/jpeg', JPEG],
    [`data:image/jpeg;base64,${WEBP}`, 'image/webp', WEBP],
    [`data:application/octet-stream;base64,${PNG}`, 'image/png', PNG],
    [`data:;base64,${PNG}`, 'image/png', PNG],
    [`data:image/svg+xml;base64,${TEXT}`, 'image/svg+xml', TEXT],
    [`data:audio/mp4;base64,${M4A}`, 'audio/mp4', M4A],
    [`data:application/octet-stream;base64,${M4A}`, 'video/mp4', M4A],
    [`data:;base64,${TEXT}`, 'application/octet-stream', TEXT],
  ])('reads %s', (uri, mimeType, data) => expect(readDataUri(uri)).toEqual({ mimeType, data }));

  it.each(['https://example.com/fox.png', 'data:text/plain,hello', 'data:image/png;base64,', 'data:', '', PNG])(
    'returns null for %s',
    (text) => expect(readDataUri(text)).toBeNull(),
  );
});

describe('plainDataUri', () => {
  it('rewrites a data URI that a provider would refuse', () =>
    expect(plainDataUri(` data:image/jpg;base64,${JPEG.slice(0, 8)}\n${JPEG.slice(8)}`)).toBe(
      `data:image/jpeg;base64,${JPEG}`,
    ));
  it('returns any other text unchanged', () => expect(plainDataUri(' https://a/b.png')).toBe(' https://a/b.png'));
});

describe('bytesOfDataUri and bytesOfBase64', () => {
  const bytes = Buffer.from(PNG, 'base64');
  it.each([`data:image/png;base64,${PNG}`, `data:image/png;base64,\n${PNG}\n`])('decode %s', (uri) => {
    expect(bytesOfDataUri(uri)).toEqual(bytes);
    expect(bytesOfBase64(uri)).toEqual(bytes);
  });

  it('decodes plain base64 with line breaks', () =>
    expect(bytesOfBase64(PNG.replace(/(.{20})/g, '$1\n'))).toEqual(bytes));

  it.each(['', '???', 'data:image/png;base64,'])('returns null for %j', (text) =>
    expect(bytesOfBase64(text)).toBeNull(),
  );
});
