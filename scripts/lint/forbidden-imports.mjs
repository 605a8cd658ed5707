/** Lints each `[file, source]` of standard input as if it stood in the repository; prints the messages of each. */
import { readFileSync } from 'node:fs';
import { ESLint } from 'eslint';

const cases = JSON.parse(readFileSync(0, 'utf8'));
const eslint = new ESLint();
const messages = [];
for (const [filePath, source] of cases) {
  const [result] = await eslint.lintText(source, { filePath });
  messages.push(result.messages.map(({ message }) => message));
}
process.stdout.write(JSON.stringify(messages));
