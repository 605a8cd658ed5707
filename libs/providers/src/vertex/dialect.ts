/** Google's own, as the Gemini API's: a key in a header. A service account's token is added by the adapter. */
export { geminiDialect as vertexDialect } from '../gemini/dialect.js';
